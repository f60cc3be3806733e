/** What can be measured: a mail server that relays everything to a sink, or keeps it. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  /** The process at the root of its tree. */
  readonly pid: number;
  /** Nothing is waiting to be delivered. */
  isDrained(): boolean;
  /** `hold`: accept and keep; `relay`: pass on. */
  setMode(mode: 'relay' | 'hold'): Promise<void>;
  stop(): Promise<void>;
}
