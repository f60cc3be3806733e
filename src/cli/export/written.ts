/** What was written of a mailbox. */
export interface Written {
  readonly messages: number;
  /** Of its files. */
  readonly octets: number;
  /** Have keywords that these files cannot keep. */
  readonly withoutKeywords: number;
  /** Had to get an end of their last line. */
  readonly changed: number;
}
