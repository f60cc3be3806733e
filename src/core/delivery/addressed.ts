/** Where mail of ours to a sender goes: their mailbox here, or a delivery to elsewhere. */
import { isSrs } from '../../wire/address/srs.ts';
import type { Directory } from '../directory/port.ts';
import { type DeliveryId, UNROUTED } from '../envelope.ts';
import type { ReturnPaths } from '../intake/return-path.ts';
import type { IdSupply } from '../queue/ids.ts';
import type { LocalCopy, NewDelivery } from '../queue/port.ts';
import { domainOf, type Router } from './route.ts';

export interface AddressedPorts {
  readonly directory: Pick<Directory, 'isLocal' | 'targets'>;
  /** Reads the return addresses of forwards: they may be senders here, of what was sent back to us. */
  readonly returns: Pick<ReturnPaths, 'read'>;
  readonly router: Router;
  readonly ids: IdSupply;
}

export class Addressed {
  readonly #ports: AddressedPorts;

  constructor(ports: AddressedPorts) {
    this.#ports = ports;
  }

  /** Nothing where nobody is there any more. Throws when the store gives no ids. */
  async to(sender: string): Promise<{ deliveries: NewDelivery[]; copies: LocalCopy[] }> {
    const { directory, router } = this.#ports;
    const to = await this.#behind(sender);
    const local = await directory.isLocal(domainOf(to));
    const targets = local ? await directory.targets(to.toLowerCase()) : { accounts: [], forwards: [to] };
    return {
      copies: (targets?.accounts ?? []).map(({ id }) => ({ id: this.#id(), account: id, address: to })),
      deliveries: (targets?.forwards ?? []).map((address) => ({
        id: this.#id(),
        address,
        path: router.known(domainOf(address), 'as configured') ?? UNROUTED,
        ...(local ? { forward: { via: to } } : {}),
      })),
    };
  }

  /** Who is meant by a sender: of a return address of ours, whoever it stands for. */
  async #behind(sender: string): Promise<string> {
    const local = sender.slice(0, sender.lastIndexOf('@'));
    if (!isSrs(local) || !(await this.#ports.directory.isLocal(domainOf(sender)))) return sender;
    const read = await this.#ports.returns.read(local);
    return 'to' in read ? read.to : sender;
  }

  #id(): DeliveryId {
    const id = this.#ports.ids.take<DeliveryId>();
    if (id === undefined) throw new Error('the store gives no ids');
    return id;
  }
}
