/** Every command, in the order of the help. */
import type { Command } from './command.ts';
import { serve } from './serve.ts';
import { worker } from './worker.ts';

export const commands: readonly Command[] = [serve, worker];
