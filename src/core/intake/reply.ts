/** A refusal with all that a peer and an operator need. */
export interface Refusal {
  readonly code: number;
  readonly enhanced: string;
  readonly text: string;
  /** And the session ends. */
  readonly close?: true;
}

export function refuse(code: number, enhanced: string, text: string): Refusal {
  return { code, enhanced, text };
}

/** Any doubt of our own is a 4xx: the sender keeps the message (design, promise 1). */
export const STORE_TROUBLE = refuse(451, '4.3.0', 'Temporary trouble on our side; please try again later');
