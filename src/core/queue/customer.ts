/** Whose mail it is, for fairness: a customer's domain, and within it the account. */
import { domainOf } from '../delivery/route.ts';

/** `example.org/17`; `example.org/-` for mail that nobody logged in for, `-/-` when it has no sender either. */
export function customerOf(about: {
  account?: { readonly id: number; readonly address: string };
  reversePath: string;
}): string {
  const { account, reversePath } = about;
  if (account !== undefined) return `${domainOf(account.address)}/${account.id}`;
  return `${domainOf(reversePath).toLowerCase() || '-'}/-`;
}

/** Of mail from outside that an address here sends on: it leaves as that domain's. */
export function customerOfForward(via: string): string {
  return `${domainOf(via).toLowerCase()}/-`;
}

/** Of `example.org/17`, the domain. */
export function domainOfCustomer(customer: string): string {
  return customer.slice(0, customer.indexOf('/'));
}
