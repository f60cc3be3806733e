/** What the accounts of a server have in common: what several send alike, and what comes of it for one message. */
import { Campaigns, type SavedCampaign, type Sent } from './campaigns.ts';
import type { Message } from './learning.ts';
import { NONE, type Term } from './signals.ts';

/** Each other account that sends the same to strangers, or from a new place. */
export const A_CAMPAIGN_BODY = 1.5;
const A_CAMPAIGN_LINK = 0.8;
const MOST_OF_CAMPAIGN = 20;
/** Networks and recipients that a new text of many honest people may have within two days; each more is as one more account. */
const USUAL_SPREAD = 12;

type Keys = Message['keys'];

export interface SavedCrowd {
  readonly bodies: SavedCampaign;
  readonly links: SavedCampaign;
  /** When the first message was seen, ms since the epoch. */
  readonly since?: number;
}

export class Crowd {
  readonly #bodies = new Campaigns();
  readonly #links = new Campaigns();
  /** When the first message was seen: what was there before cannot be told from what is new. */
  #since = Number.POSITIVE_INFINITY;

  save(): SavedCrowd {
    const since = Number.isFinite(this.#since) ? { since: this.#since } : {};
    return { bodies: this.#bodies.save(), links: this.#links.save(), ...since };
  }

  /** @throws when it is nothing that was saved by this version. */
  restore({ bodies, links, since }: SavedCrowd): void {
    this.#bodies.restore(bodies);
    this.#links.restore(links);
    this.#since = since ?? this.#since;
  }

  /** A message came. */
  saw(at: number): void {
    if (at < this.#since) this.#since = at;
  }

  /** What others send alike speaks against this too. */
  terms(keys: Keys, at: number): readonly Term[] {
    let alike = 0;
    let spread = 0;
    let linked = 0;
    for (const body of keys.bodies) {
      const found = this.#bodies.lately(body, at);
      if (found === undefined) continue;
      alike = Math.max(alike, this.#bodies.others(found, keys.account));
      // A link domain that everybody links to may be in the news, a text is not.
      spread = Math.max(spread, this.#bodies.spread(found, this.#since) - USUAL_SPREAD);
    }
    for (const link of keys.links) {
      const found = this.#links.lately(link, at);
      if (found !== undefined) linked = Math.max(linked, this.#links.others(found, keys.account));
    }
    if (alike + linked + spread === 0) return NONE;
    const terms: Term[] = [];
    if (alike > 0)
      terms.push({
        signal: 'campaign-body',
        weight: Math.min(MOST_OF_CAMPAIGN, alike * A_CAMPAIGN_BODY),
        count: alike + 1,
      });
    if (linked > 0)
      terms.push({
        signal: 'campaign-link',
        weight: Math.min(MOST_OF_CAMPAIGN, linked * A_CAMPAIGN_LINK),
        count: linked + 1,
      });
    if (spread > 0)
      terms.push({
        signal: 'spread-text',
        weight: Math.min(MOST_OF_CAMPAIGN, spread * A_CAMPAIGN_BODY),
        count: spread + USUAL_SPREAD,
      });
    return terms;
  }

  note({ account, bodies, links }: Keys, about: Omit<Sent, 'account'>): void {
    const sent = { ...about, account };
    for (const body of bodies) this.#bodies.note(body, sent);
    for (const link of links) this.#links.note(link, sent);
  }

  /** It was its owner's after all, and has spread as such things do. */
  clear({ account, bodies, links }: Keys): void {
    for (const body of bodies) this.#bodies.clear(body, account);
    for (const link of links) this.#links.clear(link, account);
  }
}
