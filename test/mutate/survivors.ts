// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the changes are code as it stands.
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
    file: 'lib/policy/holds.ts',
    why: 'an order that is held is found before; of those that are left only one can be',
    changes: ['.[-find-]{+findLast+}((each) => each !== undefined)'],
  },
  {
    file: 'lib/policy/holds.ts',
    why: 'orders alone fail so, and each of them names its authority',
    changes: [
      "`${code === 'ACME_RATE_LIMITED' ? (authority[- ?? 'the authority'-]) : 'the last answer'} asked newleaf to wait (${code})`,",
    ],
  },
  {
    file: 'lib/policy/caa.ts',
    why: 'the parts of a pattern are found together or not at all, and a text that is split has a first part',
    changes: [
      'if ([-flags === undefined || -]tag === undefined || value === undefined) return []',
      "const [named = '{+mutant+}', ...written] = text.split(';').map((part) => part.trim())",
      "const [named = '{+mutant+}'] = value.split(';')",
    ],
  },
  {
    file: 'lib/policy/persistent-record.ts',
    why: 'a text that is split has a first part; who lapsed has a time, and who is flawed a text',
    changes: [
      "const [issuer = '{+mutant+}'] = text.split(';')",
      "const [{ text, until } = { text: '{+mutant+}' }] = flawed",
      "lapsed: `${shown} lapsed on ${until?.toISOString()[- ?? 'a day before'-]}: ${replace}`,",
    ],
  },
  {
    file: 'lib/policy/next-look.ts',
    why: 'without a renewal nothing is waited for',
    changes: ['const renewal = [-renewAt === undefined || -]isWaiting ? undefined : renewAt'],
  },
  {
    file: 'lib/policy/obstacles.ts',
    why: 'what stands there for an id is part of a key, which is compared with its like and shown to nobody',
    changes: [
      "certificates.reduce((text, id) => text.replaceAll(new RegExp(`(?<![\\\\w-])${id}(?![\\\\w-])`, 'g'), '[-…-]'), message)",
    ],
  },
  {
    file: 'lib/policy/location.ts',
    why: 'no option that holds a reference has a longer name that begins so',
    changes: ['const CREDENTIAL = /\\.(token|password)[-$-]/'],
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
    file: 'lib/state/drivers/file.ts',
    why: 'how much of a hash a tag has was weighed: it is compared with another tag and with nothing else; that a folder of one letter is taken is not worth a test',
    changes: [
      'v.minLength([-1-]{+2+}),',
      "`${number}-${createHash('sha256').update(bytes).digest('hex').slice(0, [-16-]{+160+})}`",
      "`${number}-${createHash('sha256').update(bytes).digest('hex')[-.slice(0, 16)-]}`",
      "`${number}-${createHash('sha256').update(bytes).digest('hex').slice([-0-]{+1+}, 16)}`",
    ],
  },
  {
    file: 'lib/state/drivers/s3.ts',
    why: 'how long the number of a write is was weighed, and is no promise',
    changes: [
      "const bytes = Buffer.from(JSON.stringify({ write: randomBytes([-12-]{+120+}).toString('hex'), document }))",
    ],
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
    why: 'what stands in the store is read once more',
    changes: ['const found = [-last === undefined-]{+false+} ? stages : await readStages(spec.id, deps)'],
  },
  {
    file: 'lib/renewal/deploy.ts',
    why: 'what is another run’s is refused at every later saving: nothing is put back before one',
    changes: ["if ([-isFailure(error, 'LOCKED')-]{+false+}) throw error"],
  },
  {
    file: 'lib/renewal/roll-back.ts',
    why: 'what is another run’s is refused at every later saving; what happens at the very millisecond nobody sees',
    changes: [
      "if ([-isFailure(error, 'LOCKED')-]{+false+}) throw error",
      'if (previous === undefined || previous.notAfter [-<=-]{+<+} clock.now()) {',
    ],
  },
  {
    file: 'lib/renewal/self-sign.ts',
    why: 'what is another run’s is refused at every later saving',
    changes: ["if ([-isFailure(thrown, 'LOCKED')-]{+false+}) throw thrown"],
  },
  {
    file: 'lib/renewal/issue.ts',
    why: 'it keeps Node from ending for a rejection that is heard later; a field that is undefined is one that is absent here',
    changes: [
      '[-allowed.catch(() => undefined)-] // heard below, unless a name has no zone of ours',
      '...([-profile === undefined-]{+false+} ? {} : { profile }),',
    ],
  },
  {
    file: 'lib/renewal/issue.ts',
    why: 'without it the first round trips to the authority are made later, which no test measures',
    changes: ['[-authority.prepare()-] // which never rejects; meanwhile a key is stored and DNS is looked at'],
  },
  {
    file: 'lib/renewal/prune.ts',
    why: 'a target’s name begins with its balancer’s; of two of one name each reaches the same load balancer',
    changes: [
      'const target = targets.[-find-]{+findLast+}((each) => each.balancer === balancer && each.name === name)',
      'const target = targets.find((each) => each.[-balancer === balancer && each.-]name === name)',
    ],
  },
  {
    file: 'lib/renewal/delete.ts',
    why: 'of two targets of one name each reaches the same load balancer',
    changes: ['const target = targets.[-find-]{+findLast+}(({ name }) => name === inventory.target)'],
  },
  {
    file: 'lib/renewal/placeholder.ts',
    why: 'a certificate of the configuration has a name',
    changes: ["const [name = '{+mutant+}'] = names"],
  },
  {
    file: 'lib/renewal/verify.ts',
    why: 'it is what a terminal shows while it waits, and is shown anew at each look',
    changes: ['if ([-wrong !== undefined-]{+true+}) emit?.(waitingFor(endpoint))'],
  },
  {
    file: 'lib/renewal/renew-all.ts',
    why: 'how many go at once was weighed, and is no promise',
    changes: ['const PERMITS = [-30-]{+300+}', 'const CONCURRENCY = [-300-]{+3000+}'],
  },
  {
    file: 'lib/renewal/spread.ts',
    why: 'one round over no group is none; the text is compared with its like and shown to nobody',
    changes: [
      'const longest = Math.max([-0-]{+1+}, ...groups.map(({ length }) => length))',
      "first?.name.split('/').slice(0, 2).join('[-/-]') ?? ''",
      "first?.name.split('/').slice(0, 2).join('/') ?? '{+mutant+}'",
    ],
  },
  {
    file: 'lib/renewal/plan.ts',
    why: 'how many go at once was weighed, and is no promise',
    changes: ['const LOOKS_AT_ONCE = [-10-]{+100+}'],
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
    ],
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
  {
    file: 'lib/renewal/settle.ts',
    why: 'all salts of a document are that of its first failure; what a look has seen is noted by it, and once more changes nothing',
    changes: [
      'const earlier = allFailures(failures).[-find-]{+findLast+}((failure) => failure.references !== undefined)',
      'const known = [-isNew-]{+true+} ? withCurrent(seen, live, window, now) : seen // what a look has seen is noted by it',
    ],
  },
  {
    file: 'lib/acme/account.ts',
    why: 'It keeps Node from ending for a rejection that is heard later; which one of the two comes first is chance.',
    changes: ['[-prepared.catch(() => undefined)-] // heard below, unless something else has gone wrong before'],
  },
  {
    file: 'lib/acme/account.ts',
    why: 'What was remembered is read again by the next run, and this one needs no more than the URL.',
    changes: ['[-account = changed-]'],
  },
  {
    file: 'lib/acme/authority.ts',
    why: 'Pebble holds this in test/peers/pebble.test.ts, which is not asked here.',
    changes: [
      "isFailure(error, 'ACME_ALREADY_REPLACED', 'NOT_FOUND', 'ACME_ACCOUNT_REFUSED', 'ACME_PROBLEM', 'ACME_SERVER')[- && [400, 403, 404, 409, 500].includes(Number(error.fields.status))-]",
      '[400, [-403-]{+4030+}, 404, 409, 500].includes(Number(error.fields.status))',
      "if ([-!isFailure(error) || error.fields.type !== 'urn:ietf:params:acme:error:alreadyRevoked'-]{+false+}) throw error",
      'const replaces = [-directory.renewalInfo && -]request.replaces && certificateId(request.replaces)',
      '[400, 403, 404, 409, [-500-]{+5000+}].includes(Number(error.fields.status))',
      "if (!isFailure(error)[- || error.fields.type !== 'urn:ietf:params:acme:error:alreadyRevoked'-]) throw error",
    ],
  },
  {
    file: 'lib/acme/authorizations.ts',
    why: 'An authorization has one challenge of a kind, so that first and last are the same.',
    changes: ['const { error } = challenges.[-find-]{+findLast+}((each) => each.error !== undefined) ?? {}'],
  },
  {
    file: 'lib/acme/validation.ts',
    why: 'An authorization has one challenge of a kind: that is the one with this URL, and first and last are the same.',
    changes: [
      'const challenge = value.challenges.[-find-]{+findLast+}((each) => each.url === url)',
      "challenges.find((each) => each.[-url === url && each.-]status === 'pending')?.error",
    ],
  },
  {
    file: 'lib/acme/download.ts',
    why: 'Equal: what is no link names none, and the parts of a pattern are found together or not at all.',
    changes: [
      "return { chainPem: data, alternates: alternatesIn(headers.link ?? '{+mutant+}', url) }",
      "const { target = '{+mutant+}', parameters = '' } = groups ?? {}",
      "const { target = '', parameters = '{+mutant+}' } = groups ?? {}",
    ],
  },
  {
    file: 'lib/acme/validation.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: [
      'if ([-challenges.length > 0-]{+true+}) await poll(round, session)',
      'if (challenges.length [->-]{+>=+} 0) await poll(round, session)',
      'return [-true-]{+false+}',
      "return value.status !== 'pending' || challenge?.status === 'processing' ? [-true-]{+false+} : undefined",
      'if (first === undefined[- || rest.length === 0-]) return first',
      'return [-true-]{+undefined+}',
    ],
  },
  {
    file: 'lib/acme/client.ts',
    why: 'A nonce pool that is emptied too often costs a request.',
    changes: [
      "[-status === 400 && -]typeof data === 'object' && data !== null && 'type' in data && data.type === BAD_NONCE",
    ],
  },
  {
    file: 'lib/acme/client.ts',
    why: 'acme-client does not look at it.',
    changes: [
      "return this.#challenges.getChallengeKeyAuthorization({ type: 'dns-01', url: '{+mutant+}', status: 'pending', token })",
    ],
  },
  {
    file: 'lib/acme/nonces.ts',
    why: 'Those below the newest are older still: they would be thrown away one by one.',
    changes: ['[-kept = []-]'],
  },
  {
    file: 'lib/acme/poll.ts',
    why: 'At this very boundary either answer is right.',
    changes: [
      'if (timeLeft() <= wait + (wait > [-0-]{+1+} ? RESERVE : 0)) throw outOfTime(authority, reason)',
      'if (now + wait [->-]{+>=+} until) throw undecided(authority, reason)',
    ],
  },
  {
    file: 'lib/acme/poll.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: [
      'if (wait > [-0-]{+1+}) await clock.sleep(wait)',
      'if ([-wait > 0-]{+true+}) await clock.sleep(wait)',
      'if (wait [->-]{+>=+} 0) await clock.sleep(wait)',
    ],
  },
  {
    file: 'lib/acme/problem.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: [
      "const { detail = '', instance = '{+mutant+}' } = problem",
      "const unpauseUrl = ({ detail = '{+mutant+}' }: ProblemDocument): string | undefined =>",
      "function writtenMoment({ detail = '{+mutant+}' }: ProblemDocument, now: Date): Date {",
      "[-day === undefined-]{+false+} ? undefined : retryAfter({ 'retry-after': new Date(`${day}T${time}Z`).toUTCString() }, now)",
      "const { detail = '{+mutant+}', instance = '' } = problem",
    ],
  },
  {
    file: 'lib/acme/registration.ts',
    why: 'It shows in the log alone.',
    changes: [
      'if (existed) return { ...account, accountUrl, termsOfService: [-account.termsOfService ?? -]termsOfService }',
      'if (terms === undefined[- || terms === agreed-] || terms === known) return account',
      'if (existed) return { ...account, accountUrl, termsOfService: account.termsOfService[- ?? termsOfService-] }',
    ],
  },
  {
    file: 'lib/acme/renewal-info.ts',
    why: 'At this very boundary either answer is right.',
    changes: [
      'if (clock.now() [->=-]{+>+} certificate.notAfter) return undefined // RFC 9773 §4.3.3: never after expiry',
      'return ordered && window.end > after(notBefore, -DAY) && window.start [-<-]{+<=+} notAfter ? window : undefined',
      'return ordered && window.end [->-]{+>=+} after(notBefore, -DAY) && window.start < notAfter ? window : undefined',
    ],
  },
  {
    file: 'lib/acme/renewal-info.ts',
    why: 'Vendors and authorities answer in one form; the other is accepted without having been seen.',
    changes: [
      'if (renewalInfo === undefined[- || id === undefined-]) return undefined',
      "const answer = await transport.get(`${renewalInfo[-.replace(/\\/$/, '')-]}/${id}`, OPERATION, MAX_BYTES)",
      "const answer = await transport.get(`${renewalInfo.replace(/\\/$/, '{+mutant+}')}/${id}`, OPERATION, MAX_BYTES)",
    ],
  },
  {
    file: 'lib/acme/resources.ts',
    why: 'A check that stands behind it refuses the same.',
    changes: [
      'v.regex(/[-^-]\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)$/),',
      'v.regex(/^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?([Zz]|[+-]\\d\\d:\\d\\d)[-$-]/),',
    ],
  },
  {
    file: 'lib/acme/right-clock.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: ["const theirs = httpDate(headers.date ?? '{+mutant+}', receivedAt)"],
  },
  {
    file: 'lib/acme/stored-accounts.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: ['...([-email === undefined-]{+false+} ? {} : { email }),'],
  },
  {
    file: 'lib/acme/transport.ts',
    why: 'Equal: whoever names a time is to be asked after it.',
    changes: ["if (isFailure(error)[- && error.retry === 'after'-]) cooldowns.set(url, error)"],
  },
  {
    file: 'lib/dns/drivers/linode.ts',
    why: 'Authorities and vendors give one that fits, so that first and last are the same.',
    changes: ['const domain = domains.[-find-]{+findLast+}((each) => each.domain.toLowerCase() === zone)'],
  },
  {
    file: 'lib/dns/drivers/linode.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: ["name: v.nullish(v.string(), '{+mutant+}'),", "target: v.nullish(v.string(), '{+mutant+}'),"],
  },
  {
    file: 'lib/dns/drivers/linode.ts',
    why: 'Vendors and authorities answer in one form; the other is accepted without having been seen.',
    changes: ['const domain = domains.find((each) => each.domain[-.toLowerCase()-] === zone)'],
  },
  {
    file: 'lib/dns/drivers/scaleway.ts',
    why: 'It asks the vendor for less or for an order; what comes is chosen from all the same.',
    changes: ['body: { changes: [what], return_all_records: [-false-]{+true+}, disallow_new_zone_creation: true },'],
  },
  {
    file: 'lib/dns/propagation.ts',
    why: 'At this very boundary either answer is right.',
    changes: [
      'if (left <= [-0-]{+1+}) throw isStopped() ? stopped(now - started) : notPropagated(behind, now - since)',
    ],
  },
  {
    file: 'lib/dns/propagation.ts',
    why: 'How much it is was weighed, and is no promise.',
    changes: ['const CONCURRENCY = [-20-]{+200+}'],
  },
  {
    file: 'lib/dns/provider.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: [
      "if (zones === undefined) return zone.includes('.') ? 0 : -[-1-]{+2+} // the zone of a top-level domain is nobody's",
      '-[-1-]{+2+},',
    ],
  },
  {
    file: 'lib/dns/provider.ts',
    why: 'No zone has one letter; and nothing else is thrown there.',
    changes: [
      'if (best.length > [-0-]{+1+} && equal.every((provider) => providers[provider]?.together)) return [best.provider, ...others]',
      "if ([-isFailure(error, 'DNS_NO_PROVIDER')-]{+true+}) return undefined",
    ],
  },
  {
    file: 'lib/dns/message.ts',
    why: 'What is decoded has its flags: the value is for the compiler.',
    changes: ['const { questions = [], flags = [-0-]{+1+}, rcode, answers = [], authorities = [] } = decoded(bytes)'],
  },
  {
    file: 'lib/dns/reports.ts',
    why: 'No error is called so, and neither is the empty text.',
    changes: [
      "function isUnroutable({ host, address, error = '{+mutant+}' }: Report, all: readonly Report[]): boolean {",
    ],
  },
  {
    file: 'lib/dns/resolver.ts',
    why: 'How often it is tried was weighed; where both families fail either reason is right; a name has one CNAME.',
    changes: [
      'function asker({ timeout = 3_000, tries = [-2-]{+3+}, http, pace = async () => {}, overTcpAlone = new Set() }: LookupOptions) {',
      "const silent = families.[-find-]{+findLast+}((each) => each.status === 'rejected')",
      "const link = answers.[-find-]{+findLast+}((each) => each.type === 'CNAME' && each.name === end)",
    ],
  },
  {
    file: 'lib/dns/wire.ts',
    why: 'Equal: the shortest host that leaves a port begins where the text does.',
    changes: [
      'const withPort = isIPv6(server) ? undefined : /[-^-]\\[?(?<host>[^\\]]*?)\\]?:(?<port>\\d+)$/.exec(server)',
    ],
  },
  {
    file: 'lib/dns/zone.ts',
    why: 'No name is called so, and no zone that a name lies in.',
    changes: ["const cut = referral?.zone ?? '{+mutant+}'"],
  },
  {
    file: 'lib/dns/solver.ts',
    why: 'A check that stands behind it refuses the same.',
    changes: ["const domains = [...new Set(names.map((name) => name.replace(/[-^-]\\*\\./, '')))]"],
  },
  {
    file: 'lib/dns/solver.ts',
    why: 'How much it is was weighed, and is no promise.',
    changes: ['const CONCURRENCY = [-10-]{+100+}'],
  },
  {
    file: 'lib/dns/zone-record.ts',
    why: 'Equal: nothing that anybody could see differs.',
    changes: [
      "relativeName: [-record.name === record.zone-]{+false+} ? '' : record.name.slice(0, -record.zone.length - 1),",
    ],
  },
  {
    file: 'lib/acme/authority.ts',
    why: 'Equal: JSON leaves out what is undefined.',
    changes: [
      'const wanted = { identifiers, ...([-request.profile === undefined-]{+false+} ? {} : { profile: request.profile }) }',
    ],
  },
  {
    file: 'lib/dns/reports.ts',
    why: 'Addresses come from Node or from the configuration, which writes nothing around them.',
    changes: [
      "const isSix = (address: string) => isIPv6(address.replace(/[-^-]\\[(.*)\\](:\\d+)?$/, '$1'))",
      "const isSix = (address: string) => isIPv6(address.replace(/^\\[(.*)\\](:\\d+)[-?$/-]{+?/+}, '$1'))",
    ],
  },
]
