/** Which name servers of a zone must show a value; `majority`: more than half of them, each at all of its addresses. */
export const PROPAGATION_POLICIES = ['all', 'majority'] as const
export type PropagationPolicy = (typeof PROPAGATION_POLICIES)[number]
