/** Whether the day that a text begins with, `2018-02-28`, is one of the calendar: `Date.parse` takes the 30th for 2 March. */
export function isDay(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
