/** A connector within the budgets: connections wait until there may be one more, and content is sent at the rate. */
import type {
  Connection,
  Connector,
  ConnectRequest,
  ConnectResult,
  MessageReader,
  Transfer,
  TransferResult,
} from '../delivery/port.ts';
import type { Capacity } from './capacity.ts';

type Budgets = Pick<Capacity, 'connections' | 'out'>;

export class BudgetedConnector implements Connector {
  readonly #inner: Connector;
  readonly #budgets: Budgets;

  constructor(inner: Connector, budgets: Budgets) {
    this.#inner = inner;
    this.#budgets = budgets;
  }

  async connect(request: ConnectRequest): Promise<ConnectResult> {
    await this.#budgets.connections.opening();
    const result = await this.#inner.connect(request);
    if (result.ok) return { ok: true, connection: new BudgetedConnection(result.connection, this.#budgets) };
    this.#budgets.connections.closed();
    return result;
  }
}

class BudgetedConnection implements Connection {
  readonly #inner: Connection;
  readonly #budgets: Budgets;
  #closed = false;
  #waitedMs = 0;
  /** Since when the piece under way waits for its octets, monotonic ms; undefined while none does. */
  #waitsSince: number | undefined;

  constructor(inner: Connection, budgets: Budgets) {
    this.#inner = inner;
    this.#budgets = budgets;
  }

  get usable(): boolean {
    return this.#inner.usable;
  }

  get gone(): boolean {
    return this.#inner.gone === true;
  }

  get transfers(): number {
    return this.#inner.transfers;
  }

  get offered(): Connection['offered'] {
    return this.#inner.offered;
  }

  get tls(): string | undefined {
    return this.#inner.tls;
  }

  get remote(): string {
    return this.#inner.remote;
  }

  get maxRecipients(): number {
    return this.#inner.maxRecipients;
  }

  get silentMs(): number {
    // It waits for us.
    return this.#waitsSince === undefined ? (this.#inner.silentMs ?? 0) : 0;
  }

  get waitedMs(): number {
    const { out } = this.#budgets;
    if (out === undefined || this.#waitsSince === undefined) return this.#waitedMs;
    return this.#waitedMs + out.monotonic() - this.#waitsSince;
  }

  transfer(transfer: Transfer): Promise<TransferResult[]> {
    const { out } = this.#budgets;
    if (out === undefined) return this.#inner.transfer(transfer);
    return this.#inner.transfer({ ...transfer, content: this.#paced(transfer, out) });
  }

  /** Each piece is given when its turn has come. */
  #paced({ content, urgency, sizeBytes }: Transfer, out: NonNullable<Budgets['out']>): MessageReader {
    const isWanted = (): boolean => !this.gone;
    let left = sizeBytes;
    const inTurn = (piece: Buffer | undefined): Buffer | undefined | Promise<Buffer> => {
      const wait = piece === undefined ? undefined : out.take(urgency, piece.length, { left, isWanted });
      left -= piece?.length ?? 0;
      if (wait === undefined) return piece;
      this.#waitsSince = out.monotonic();
      return wait.then(() => {
        this.#waitedMs = this.waitedMs;
        this.#waitsSince = undefined;
        return piece as Buffer;
      });
    };
    return {
      next() {
        const piece = content.next();
        return piece instanceof Promise ? piece.then(inTurn) : inTurn(piece);
      },
    };
  }

  close(): Promise<void> | void {
    if (!this.#closed) this.#budgets.connections.closed();
    this.#closed = true;
    return this.#inner.close();
  }
}
