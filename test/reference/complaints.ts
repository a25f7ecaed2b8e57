/**
 * What users and maintainers complained about in the telemetry of others, and which test holds that
 * it does not happen here.
 */

export interface Complaint {
  readonly says: string
  readonly answer: string
  /**
   * `file: name of the test`, verbatim; of a case folder of a contract's rules, `CODE` beside it.
   */
  readonly tests: readonly Proof[]
  /** What of it is not offered yet, so that nothing proves it. */
  readonly notYet?: string
}

export interface Proof {
  readonly file: string
  readonly name: string
  /** What it is about, where its name alone does not say it. */
  readonly about?: string
  /** The rule whose folder of cases the test goes through. */
  readonly rule?: string
}

export interface Complaints {
  readonly title: string
  readonly complaints: readonly Complaint[]
}

const sdk = (file: string, name: string): Proof => ({ file: `sdk/src/${file}.test.ts`, name })
const server = (file: string, name: string): Proof => ({ file: `server/src/${file}.test.ts`, name })
const contract = (file: string, name: string): Proof => ({
  file: `contract/src/${file}.test.ts`,
  name
})
const journey = (file: string, name: string, about?: string): Proof => ({
  file: `test/journey/${file}.test.ts`,
  name,
  ...(about === undefined ? {} : { about })
})
const here = (file: string, name: string): Proof => ({ file: `test/${file}.test.ts`, name })
const rule = (code: string): Proof => ({
  ...contract('check/cases', '%s finds the bad contract, where it is bad'),
  rule: code
})

const users: readonly Complaint[] = [
  {
    says: 'It is on by default, and sent before I could say no',
    answer:
      'Undecided sends nothing; an opt-out product is silent on the run that shows its ' +
      'notice, and nothing older is sent later',
    tests: [
      sdk(
        'consent/consent',
        'sends nothing before its notice was seen, nothing on that run, and from the next run on'
      ),
      sdk('record/recorder', 'nothing that was recorded before it is sent after it')
    ]
  },
  {
    says: 'It delays start or exit, or fails, where the network is blocked',
    answer: 'Recording is a line in a file; nothing at the end of a program waits for the network',
    tests: [
      journey(
        'sdk-exit',
        'ends at once where the network swallows packets, or only its name server is silent'
      ),
      journey(
        'sdk-exit',
        'ends at once when nobody listens, and when somebody listens who says nothing'
      )
    ]
  },
  {
    says: 'Off is not off: something else still calls home',
    answer:
      'One gate for all that leaves; the status lists every address, and whether it would be ' +
      'contacted',
    tests: [
      journey('sdk-namespace', 'opens nothing when telemetry is %s'),
      journey(
        'sdk-namespace',
        'contacts its endpoint for reports, its feed for versions, and nobody else'
      ),
      sdk('controls/status', 'tells what holds, who said so, and every address, and makes nothing'),
      sdk('consent/consent', 'is in force for a build that cannot report, whatever else says on')
    ]
  },
  {
    says: 'Anonymous turns out to be a hash of my machine',
    answer:
      'Ids are random; a contract that names a hardware id is refused; the page calls a ' +
      'lasting id pseudonymous',
    tests: [
      sdk('identity/identity', 'is random, kept for its owner only, and the same in each run'),
      rule('HARDWARE_ID'),
      contract(
        'generate/disclosure/disclosure',
        'calls what a lasting id links pseudonymous, and nothing anonymous'
      )
    ]
  },
  {
    says: 'What is documented is not what is sent',
    answer:
      'The page is generated from the contract that the program carries and the collector ' +
      'holds reports against',
    tests: [
      here('reference-products', 'are what the contract says'),
      journey(
        'sdk-collector',
        'carries the contract that its collector publishes, and its test event is answered ' +
          'and told apart'
      ),
      journey('sdk-collector', 'shows beforehand what then arrives')
    ]
  },
  {
    says: 'Notices end up in pipes, logs and JSON',
    answer:
      'Only on a terminal’s stderr that a human reads, once, and never beside output for machines',
    tests: [
      sdk('consent/consent', 'shows no notice, and stays undecided, where %s'),
      sdk('consent/consent', 'shows the notice once'),
      sdk('record/programs', '%s has its record in the spool, and said nothing')
    ]
  },
  {
    says: 'The version check is tracking in disguise, and security notices end with telemetry',
    answer: 'A signed list, the same for everybody, compared at home, behind a switch of its own',
    tests: [
      journey(
        'sdk-namespace',
        'says nothing about whoever asks when it asks for versions, and asks the same with ' +
          'telemetry off'
      ),
      sdk('versions/check', 'answers the same with telemetry off, and its own switch is another'),
      server(
        'releases/feed',
        'is the same bytes for everybody, for the whole day and on every collector'
      )
    ]
  },
  {
    says: 'It is noisy, or crashes, without a home, on read-only disks, in containers',
    answer: 'What cannot be kept is not kept, silently',
    tests: [
      sdk('record/programs', 'without a home it is silent'),
      sdk('record/programs', 'on a home that may not be written to it is silent'),
      sdk('state/state-folder', 'are silently not there on a disk that answers %s'),
      sdk('consent/consent', 'holds on a full disk, where nothing new fits')
    ]
  },
  {
    says: 'The numbers are wrong: CI, containers, copied images, agents, retries',
    answer:
      'Automation is a class of its own, copies get new ids or a note, what is sent twice is ' +
      'kept once',
    tests: [
      server('analytics/asking/questions', 'are told apart by what they run in'),
      server(
        'analytics/asking/true-numbers',
        'are told by what no single installation can do, and not by how often it reports'
      ),
      journey('sdk-collector', 'whose senders are killed at any moment is stored once'),
      sdk('environment/environment', 'is an agent in %s by %j, and nobody’s terminal then')
    ]
  },
  {
    says: 'You take and give nothing, and each tool has a switch of its own',
    answer:
      'DO_NOT_TRACK, one policy file for a machine, an endpoint of one’s own; advisories come back',
    tests: [
      sdk('consent/consent', 'hears a machine’s policy that comes while it runs'),
      sdk('consent/consent', 'caps the level, and names the endpoint for good'),
      sdk('consent/decide', 'is off if any says off, and is explained by one that did'),
      here('reference-products', 'name a control of the contract for every switch')
    ],
    notYet: 'public statistics'
  }
]

const heard: readonly Complaint[] = [
  {
    says: 'Importing it costs a second, or pulls in half the world',
    answer:
      'No dependency; what is rarely needed is loaded when it is needed; `bench/` measures ' +
      'the rest',
    tests: [
      here('tidy', 'has no dependency at all: what it needs, it writes itself or goes without')
    ]
  },
  {
    says: 'Third parties receive it, even where it says privacy',
    answer: 'The product’s own collector; another recipient stops everything until users accept',
    tests: [
      journey(
        'namespace',
        'opens no connection while it starts, is reported to, is asked, and does its chores'
      ),
      sdk('consent/consent', 'stops everything where data would go to others, until accepted')
    ]
  },
  {
    says: 'Installing a package already reports',
    answer: 'No package runs anything when it is installed',
    tests: [here('complaints', 'no package runs anything when it is installed')]
  },
  {
    says: 'The address is hidden in the code',
    answer:
      'It stands in the contract, on the page and in the status, and the program names itself',
    tests: [
      sdk('controls/status', 'tells what holds, who said so, and every address, and makes nothing'),
      sdk(
        'network/request-heads',
        'names the SDK as itself, and holds nothing but what the %s wire needs'
      )
    ]
  },
  {
    says: 'Opting out sends a last event that says so',
    answer:
      'Off ends even an attempt that is under way; only an erasure that its user asked for is sent',
    tests: [
      sdk(
        'deliver/open-delivery',
        'that is taken back during an attempt ends it, and leaves only the refusal'
      ),
      sdk('controls/status', 'asks nobody to forget where nothing was sent'),
      journey('conformance', 'tells-of-the-refusal')
    ]
  },
  {
    says: 'In the free edition it cannot be switched off',
    answer:
      'A contract without a way to say no is refused, and one whose way changes nothing as well',
    tests: [rule('CONTROL_MISSING'), rule('CONTROL_WITHOUT_EFFECT')]
  }
]

const traps: readonly Complaint[] = [
  {
    says: 'An id made of time and network card tells both',
    answer: 'Random UUIDs of version 4 only',
    tests: [
      sdk('identity/identity', 'is random, kept for its owner only, and the same in each run')
    ]
  },
  {
    says: 'The unsalted hash of a short name is undone with a word list',
    answer:
      'Names are keyed with a salt of the installation, and once more by the collector; ' +
      'rules find hashes that are not',
    tests: [
      sdk('identity/identity', 'turns a name into a token that only the salt can make again'),
      rule('HASH_UNSALTED'),
      server('products/dlt/dlt', 'leaves no hash that a list of words could undo')
    ]
  },
  {
    says: 'Both halves of a key come from one salt',
    answer: 'HKDF, by product, purpose and epoch, from a secret outside of the data',
    tests: [
      server(
        'collector/secret/keyring',
        'derives each key from the secret by product, purpose and epoch'
      )
    ]
  },
  {
    says: 'A client compares booleans and versions of the answer as texts',
    answer: 'Answers are held against a model of the client’s own parser',
    tests: [
      server('products/timescaledb/timescaledb', 'are all parsed by the client, whatever happens'),
      server(
        'products/timescaledb/timescaledb',
        'never calls a version old without knowing a newer one that the client would accept'
      )
    ]
  },
  {
    says: 'The test of “disabled” reads the program’s own log, or waits three seconds',
    answer:
      'Network namespaces whose counters would tell, tried on programs that are not honest too',
    tests: [
      journey('sdk-namespace', 'opens nothing when telemetry is %s'),
      journey('namespace', 'sees a packet that leaves: the measure works'),
      journey('conformance', 'ignores-do-not-track')
    ]
  },
  {
    says: 'An inverted condition, and nothing was collected for years',
    answer:
      '`candor doctor` sends through the write path; `candor ask ingestion` and `drift` tell ' +
      'what does not arrive',
    tests: [
      journey('command-line', 'tells what is well and what is not'),
      server(
        'analytics/asking/questions',
        'tells what the collector counted since its start, where it is told'
      )
    ]
  },
  {
    says: 'The list of CI systems rots, or a comma breaks it',
    answer: 'One table, each row tried; what is not known is unknown, never guessed',
    tests: [
      sdk('environment/environment', 'is %s by %j'),
      sdk('environment/environment', 'is not guessed at without one')
    ]
  },
  {
    says: 'One id for all of CI, or a new one for each container',
    answer: 'No id where nothing is kept; ids that everybody shares are nobody’s',
    tests: [
      sdk(
        'identity/identity',
        'is none where nothing can be kept, instead of a new one in each run'
      ),
      server(
        'products/dlt/dlt',
        'is nobody in particular before 0.2.6, when one id stood in the source of dlt'
      ),
      server(
        'products/readyset/readyset',
        'is nobody when the machine has no id of its own: the hash of nothing, or the quotes ' +
          'of a compose file'
      )
    ]
  },
  {
    says: 'A golden image clones its id and its hour',
    answer: 'An id is bound to its machine by a comparison that never leaves it',
    tests: [
      sdk(
        'identity/identity',
        'is new in an image that was copied to another machine, and the same for all its processes'
      ),
      sdk(
        'record/schedule',
        'comes first within an hour, at a moment of chance, and then at the same moment of each day'
      )
    ]
  },
  {
    says: 'The configuration is read after the first event',
    answer:
      'Off is obeyed before anything else of a start or reload can fail, and what was ' +
      'recorded goes with it',
    tests: [
      sdk(
        'consent/consent',
        'obeys its configuration at reload, off and on, and forgets what waited when it says off'
      ),
      sdk('controls/status', 'holds before anything is waited for'),
      journey(
        'example-dblab',
        'is off when a reload can’t be read: it may have been meant to say no'
      )
    ]
  },
  {
    says: 'Deletion breaks numbers that were published',
    answer: 'Periods are frozen to plain counts, and the page says which',
    tests: [
      server(
        'storage/jobs/retention',
        'freezes what a day, a week and a month counted, then forgets the ids, and stays so'
      ),
      server(
        'analytics/asking/true-numbers',
        'counts come from what was frozen, and what cannot is empty and said first'
      )
    ]
  },
  {
    says: 'A later flag of the server hands addresses on',
    answer: 'Addresses are stored and logged nowhere; recipients are part of what users agree to',
    tests: [
      journey('privacy', '%s is anywhere', 'no address'),
      sdk('consent/consent', 'stops everything where data would go to others, until accepted')
    ]
  },
  {
    says: 'Published tables with counts of one',
    answer:
      'Nothing is public: each number asks for a token, and names in the drift ledger for ' +
      'five installations',
    tests: [
      server(
        'api/access/access',
        'is needed on every route but those that say so, and tells how to get one'
      ),
      server(
        'collector/drift',
        'shows a name only when five installations sent it, and a digest until then'
      )
    ],
    notYet: 'public statistics, and with them thresholds and rounding'
  },
  {
    says: 'Sketches of cardinality are sold as privacy',
    answer:
      'Ids are re-keyed before anything counts them; presence travels as a flag without an id',
    tests: [
      server(
        'collector/collect',
        'keeps what the contract declares, re-keyed and coarse, and nothing else'
      ),
      server('collector/collect', 'keeps no id at all where the contract has no identity')
    ]
  },
  {
    says: 'Free text: messages, branches, errors',
    answer:
      'No type for it without a review that users can read; clients that send it have it ' +
      'reduced or dropped',
    tests: [
      rule('STRING_NOT_REVIEWED'),
      server('products/dblab/dblab', 'is the known reason of an alert, never its text'),
      sdk('record/recorder', 'leaves nothing of what is not declared anywhere on the disk')
    ]
  },
  {
    says: 'It counts locally while it is off',
    answer: 'Off and undecided write nothing; `local` is a state of its own',
    tests: [
      sdk('record/recorder', 'nothing is written: %s'),
      sdk(
        'record/programs',
        'a program whose user said nothing leaves no trace, in any of its ways to record'
      )
    ]
  },
  {
    says: 'What a server answers drives the client',
    answer:
      'Answers are short, read by their form, and can only make a client quieter; lists are signed',
    tests: [
      sdk('network/transport', 'reads no more of an answer than it may be long'),
      sdk('network/transport', 'follows no redirect'),
      sdk('deliver/open-delivery', 'never throws and never mutes by chance, whatever it holds'),
      sdk('versions/check', 'ignores a list %s')
    ]
  },
  {
    says: 'A false user agent makes a small story large',
    answer: 'Each request names the SDK and its version',
    tests: [
      sdk(
        'network/request-heads',
        'names the SDK as itself, and holds nothing but what the %s wire needs'
      )
    ]
  },
  {
    says: 'Agents start hundreds of programs a minute, and each sends',
    answer:
      'One attempt, and at most one process that makes it, a period for all processes together',
    tests: [
      sdk('deliver/open-delivery', 'of a hundred processes at once are one'),
      sdk(
        'deliver/sender',
        'starts one process a period, however often it runs and however many end at once'
      ),
      sdk(
        'record/programs',
        'a storm of short programs leaves one record each, and no lock or half-made file'
      )
    ]
  },
  {
    says: 'Anybody can send made-up reports',
    answer:
      'So they can, and [operate](../guide/operate.md#made-up-reports) says so; an id that ' +
      'reports too often is told, one network cannot take all connections',
    tests: [
      server(
        'products/timescaledb/timescaledb',
        'flags an id that reports more often than once an hour and at two restarts'
      ),
      server(
        'http/limits',
        'make room, the oldest first, when their network or all together have too many'
      )
    ],
    notYet: 'estimates that bear outliers, caps on records by sender'
  }
]

export const complaints: readonly Complaints[] = [
  { title: 'What users complain about', complaints: users },
  { title: 'Also heard', complaints: heard },
  { title: 'Traps that others fell into', complaints: traps }
]
