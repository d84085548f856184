/**
 * Who got how much? The server's counters, in total and for each client. Never reads a clock and
 * never decides whether a stream is let in.
 * @module
 */

/** Counters since the server's start. */
export interface ByteAccount {
  /** Bytes of block content handed to connections, those of broken-off responses included. */
  bytes: number;
  /** Responses with blocks that were begun; those not ended yet are open. */
  streams: number;
  /** Responses that reached their end. */
  completed: number;
  /** Responses that the client, a failure or the server's end broke off. */
  cancelled: number;
  /** Requests turned away with 503 because too many streams were open. */
  rejected: number;
  /** Requests answered with 400. */
  invalid: number;
}

/** How a response with blocks ended. */
export type StreamOutcome = "completed" | "cancelled";

/** Clients beyond this many share one account, so that invented names cannot fill the memory. */
const MAX_CLIENTS = 1_000;
export const OTHER_CLIENTS = "(others)";
const MAX_NAME_LENGTH = 100;

/** Of one client, and of all of them with it. */
export class ClientAccount {
  readonly counts = newAccount();
  readonly #total: ByteAccount;

  constructor(total: ByteAccount) {
    this.#total = total;
  }

  add(counter: keyof ByteAccount, amount = 1): void {
    this.#total[counter] += amount;
    this.counts[counter] += amount;
  }

  /** Of block content; for whoever is given it as a function. */
  readonly addBytes = (bytes: number): void => this.add("bytes", bytes);
}

/** The accounts of all clients. */
export class ByteAccounts {
  readonly #total = newAccount();
  readonly #clients = new Map<string, ClientAccount>();

  /** Responses that are neither completed nor cancelled yet. */
  get openStreams(): number {
    return this.#total.streams - this.#total.completed - this.#total.cancelled;
  }

  /** Copies, so that nobody sees them move. */
  get total(): ByteAccount {
    return { ...this.#total };
  }

  /** Copies, by client, in order of first appearance. */
  get clients(): Record<string, ByteAccount> {
    const entries = [...this.#clients].map(([name, { counts }]) => [name, { ...counts }]);
    return Object.fromEntries(entries);
  }

  /** Whoever has it adds to the total, too. */
  of(client: string): ClientAccount {
    const name = client.slice(0, MAX_NAME_LENGTH);
    const known = this.#clients.get(name);
    if (known !== undefined) return known;
    if (this.#clients.size >= MAX_CLIENTS && name !== OTHER_CLIENTS) return this.of(OTHER_CLIENTS);
    const account = new ClientAccount(this.#total);
    this.#clients.set(name, account);
    return account;
  }
}

/** What two servers gave to one client. */
export function sumOfAccounts(one: ByteAccount, other: ByteAccount): ByteAccount {
  const sum = newAccount();
  for (const counter of Object.keys(sum) as (keyof ByteAccount)[]) {
    sum[counter] = one[counter] + other[counter];
  }
  return sum;
}

function newAccount(): ByteAccount {
  return { bytes: 0, streams: 0, completed: 0, cancelled: 0, rejected: 0, invalid: 0 };
}
