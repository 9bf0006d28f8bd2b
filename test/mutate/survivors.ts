/**
 * Mutants that may live: they change nothing that anybody could see, or nothing that is worth a test. Each is known by its file
 * and by its change as `npm run mutate` prints it, and not by its line. One that is killed meanwhile is reported as stale.
 */
export interface Survivors {
  readonly file: string
  readonly why: string
  readonly changes: readonly string[]
}

export const SURVIVORS: readonly Survivors[] = [
  {
    file: 'lib/policy/decide.ts',
    why: 'a view that was found by its error has one: the test is for the compiler',
    changes: ["return view[- && 'error' in view-] ? { action: 'blocked', error: view.error } : undefined"],
  },
  {
    file: 'lib/policy/holds.ts',
    why: 'an order that is held is found before; of those that are left only one can be',
    changes: ['.[-find-]{+findLast+}((each) => each !== undefined)'],
  },
  {
    file: 'lib/policy/next-look.ts',
    why: 'with equal moments either is the answer; without a renewal nothing is waited for',
    changes: [
      'const renewal = [-renewAt === undefined || -]isWaiting ? undefined : renewAt',
      'return soon(asked [-<-]{+<=+} until ? asked : until, now)',
    ],
  },
  {
    file: 'lib/policy/cooldowns.ts',
    why: 'of two equal moments either is the later',
    changes: ['return [who, known !== undefined && known [->-]{+>=+} until ? known : until]'],
  },
  {
    file: 'lib/policy/health.ts',
    why: 'what nobody has looked at falls through to the end, whatever it is called',
    changes: ["const probed = targets[name] ?? { state: '[-unverified-]' }"],
  },
  {
    file: 'lib/state/orphans.ts',
    why: 'a vendor has one listener of a resource, and an object is superseded once',
    changes: [
      '(object): Superseded => superseded.[-find-]{+findLast+}((each) => each.object === object) ?? { object, after: now },',
      'const same = [...left].[-find-]{+findLast+}(',
    ],
  },
  {
    file: 'lib/state/version-1.ts',
    why: 'these stand for a target without an entry, which has no moment either; only what is before the first slash is taken',
    changes: [
      "balancer: name.split('/', [-1-]{+2+})[0] ?? name,",
      "const { fingerprint = '', name: object = '{+mutant+}', since, verified = false, addresses: known = {} } = targets[name] ?? {}",
      "const { fingerprint = '{+mutant+}', name: object = '', since, verified = false, addresses: known = {} } = targets[name] ?? {}",
    ],
  },
  {
    file: 'lib/renewal/act.ts',
    why: 'once the certificate is another run’s, every later saving is refused as well, and that is what is heard',
    changes: ["if ([-isFailure(error, 'LOCKED')-]{+false+}) throw error"],
  },
  {
    file: 'lib/renewal/reconcile.ts',
    why: 'only what waits is fresh: the test is for the compiler',
    changes: [
      "if (decision.[-action === 'wait' && decision.-]reason === 'fresh') return { ...nothing, happened: [{ kind: 'fresh' }] }",
    ],
  },
  {
    file: 'lib/renewal/fail-over.ts',
    why: 'a run that had too little time remembers no failure; what is another run’s is refused at every later saving',
    changes: [
      "if ([-isFailure(thrown, 'LOCKED')-]{+false+}) throw thrown",
      "return { chosen: undefined, error, happened: [-error.code === 'OUT_OF_TIME'-]{+false+} ? happened : everywhere }",
    ],
  },
  {
    file: 'lib/renewal/validate.ts',
    why: 'a name has one place, and a value is of one name',
    changes: [
      '...other.filter((record) => !one.some(({ name, value }) => [-name === record.name && -]value === record.value)),',
    ],
  },
  {
    file: 'lib/renewal/challenge-records.ts',
    why: 'it goes on to give up nothing, and resolves to the same',
    changes: [
      'if ([-!lease.document.challengeRecords.some(isOld)-]{+false+}) return failed',
      'if ([-failed === undefined-]{+false+}) return undefined',
    ],
  },
  {
    file: 'lib/renewal/collect.ts',
    why: 'what is done for none of the objects changes none; an object is superseded once; of equal moments either is the later',
    changes: [
      'const known = entry.superseded.[-find-]{+findLast+}((each) => each.object === object)',
      'if ([-gone.length < names.length-]{+true+}) await postpone(names.filter((name) => !gone.includes(name)))',
      'if ([-gone.length > 0-]{+true+}) await lease.save((document) => without(document, target, gone))',
      'if (gone.length < names.length) await postpone(names[-.filter((name) => !gone.includes(name))-])',
      'if (gone.length [-<-]{+<=+} names.length) await postpone(names.filter((name) => !gone.includes(name)))',
      'if (gone.length [->-]{+>=+} 0) await lease.save((document) => without(document, target, gone))',
      'objects: left.map((each) => (each.after [->-]{+>=+} again ? each : { ...each, after: again })),',
    ],
  },
  {
    file: 'lib/renewal/verify.ts',
    why: 'how many handshakes go at once, and what happens at the very millisecond, nobody sees; what shows nothing has a reason; a key of no family is none of newleaf’s',
    changes: [
      'const AT_ONCE = [-10-]{+100+}',
      "function insteadOf({ shows, served, reason = '{+mutant+}' }: ProbeResult): string {",
      'if (timeLeft() [-<-]{+<=+} pause + RESERVE) return true',
      `return \`it shows \${fingerprint.slice(0, 16)}\${family === undefined ? '{+mutant+}' : \`, with an \${family.toUpperCase()} key\`}, valid until \${notAfter.toISOString()}\``,
      'return clock.now().getTime() - begun [->=-]{+>+} (reached ? inTime : DEADLINE.silence)',
    ],
  },
  {
    file: 'lib/observe/observe.ts',
    why: 'a field that is undefined is one that is absent here; and a line for the log',
    changes: [
      '...([-document.window && -]{ knownWindow: document.window }),',
      'if ([-suggestsNow(suggested, clock.now())-]{+false+})',
      'if ([-suggestsNow(suggested, clock.now())-]{+true+})',
      'return { authority, ...(directory === undefined ? {} : { directory }), ...([-issuanceLimit && -]{ issuanceLimit }) }',
    ],
  },
  {
    file: 'lib/observe/due.ts',
    why: 'the markers of others are not touched, for nobody looked at these',
    changes: ['const markers = dueMarkers(keys)[-.filter(({ id }) => isAsked(id))-]'],
  },
  {
    file: 'lib/observe/update-schedule.ts',
    why: 'how many go at once nobody sees; without anybody given away there is nobody unknown, and one listing more',
    changes: [
      'const CONCURRENCY = [-10-]{+100+}',
      'if ([-given.length === 0-]{+false+}) return',
      'if (given.length === 0) [-return-]',
      'if (given.length === [-0-]{+1+}) return',
    ],
  },
  {
    file: 'lib/observe/probes.ts',
    why: 'how many handshakes go at once nobody sees; a certificate has a name',
    changes: ['const AT_ONCE = [-10-]{+100+}', "const [first = '{+mutant+}', ...others] = shown.map(serverNameFor)"],
  },
]
