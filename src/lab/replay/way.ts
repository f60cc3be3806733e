/** The two ways in which a day is replayed: every failure ages the message, or what Relais does. */
export const WAYS = ['classic', 'relais'] as const;
export type Way = (typeof WAYS)[number];
