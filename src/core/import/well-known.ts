/** Folders with a purpose by their names, where no server says what they are for: those of common mail programs. */
import type { SpecialUse } from '../mailbox/special-use.ts';

const NAMES: Readonly<Record<SpecialUse, readonly string[]>> = {
  '\\Drafts': ['drafts', 'draft', 'brouillons', 'brouillon'],
  '\\Sent': [
    'sent',
    'sent items',
    'sent messages',
    'sent mail',
    'sent-mail',
    'envoyés',
    'messages envoyés',
    'éléments envoyés',
  ],
  '\\Junk': [
    'junk',
    'spam',
    'junk e-mail',
    'junk email',
    'bulk mail',
    'indésirables',
    'courrier indésirable',
    'pourriel',
  ],
  '\\Trash': [
    'trash',
    'deleted items',
    'deleted messages',
    'corbeille',
    'éléments supprimés',
    'messages supprimés',
  ],
  '\\Archive': ['archive', 'archives'],
};

/** Of folders of the highest level. */
export function knownUse(levels: readonly string[]): SpecialUse | undefined {
  const own = levels[0]?.toUpperCase() === 'INBOX' ? levels.slice(1) : levels;
  if (own.length !== 1) return undefined;
  const name = own[0]?.normalize('NFC').toLowerCase() ?? '';
  const entries = Object.entries(NAMES) as [SpecialUse, readonly string[]][];
  return entries.find(([, names]) => names.includes(name))?.[0];
}
