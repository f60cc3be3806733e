/** Where a domain's mail goes. Implemented over DNS and the static routes by `core/delivery/router.ts`. */
import type { Envelope, PathKey, RemoteReply } from '../envelope.ts';
import type { ConnectRequest } from './port.ts';

export type Route =
  | {
      readonly kind: 'to';
      readonly path: PathKey;
      readonly connect: ConnectRequest;
      /** Who runs the site, by `core/reputation/providers.ts`, when that is somebody known. */
      readonly provider?: string;
    }
  /** No mail can ever go there: no such domain, null MX (RFC 7505). */
  | { readonly kind: 'nowhere'; readonly reply: RemoteReply }
  /** The question could not be answered now, or the answer leads back to us. */
  | { readonly kind: 'unknown'; readonly reply: RemoteReply; readonly trouble: 'local' | 'remote' };

export interface Router {
  /** Who runs the site of a path, when that is somebody known. */
  providerOf(path: PathKey): string | undefined;
  /** The path of a domain when that can be said without asking anybody. */
  known(domain: string, need: Need): PathKey | undefined;
  /** An egress cannot be used from this machine: for a while its sites go out by others, when there are any. */
  avoid(egress: string): void;
  /** Never rejects. */
  route(domain: string, need: Need): Promise<Route>;
}

/**
 * Mail that must not travel unverified has paths of its own: their connections never carry it otherwise (RFC 8689). So has
 * what the guard doubts and lets go, where it has an egress of its own.
 */
export type Need = 'as configured' | 'verified' | 'doubted' | 'doubted, verified';

export function needOf({ requireTls, doubted }: Envelope): Need {
  if (doubted === true) return requireTls ? 'doubted, verified' : 'doubted';
  return requireTls ? 'verified' : 'as configured';
}

/** The domain of an address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}
