/** Time that moves only when a test says so: the lab's clock. */
export { MONDAY, settled, VirtualClock } from '../src/lab/clock.ts';
