/**
 * What can only people decide, and no contract says? Each has a name, by which a file answers
 * it.
 */

export const blanks = {
  controller: 'Who is the controller: name and contact details, and of a representative, if any?',
  joint_controllers: 'Who decides together with the controller, if anybody?',
  data_protection_officer: 'Who is the data protection officer, if there is one?',
  legal_basis: 'On which legal basis is it processed, and which interests are pursued by it?',
  personal_data: 'Is any of it personal data in your circumstances, and of whom?',
  transfers: 'Does it go to a third country, and under which safeguards?',
  rights: 'How may people use their rights, and with which authority may they complain?',
  necessity: 'Why would fewer fields, or coarser ones, not answer the questions?',
  risks: 'How likely and how severe are the risks to people, once the measures hold?',
  advice: 'What did the data protection officer, and those concerned, say of it?',
  device_exemption:
    'Is what is stored and read strictly necessary for what users asked for, or is it done with ' +
    'their consent?',
  access: 'Who may read single records, by name or role, and who gives that access?',
  operator: 'Who runs the collector, where, and under which agreement with the project?',
  sharing: 'Who in the project’s community may see the numbers, and is it the same for all?',
  use: 'What is decided with the answers, and by whom?',
  decided_where: 'Where did the project decide to collect it: the vote, the issue, the minutes?',
  approval: 'Where is the foundation’s approval, and on which day was it given?',
  incident_contact: 'Whom does one tell of a security problem, and how soon is it answered?',
  processor_agreement: 'Which data processing agreement holds with whoever is no project member?'
} as const satisfies Readonly<Record<string, string>>

export type BlankName = keyof typeof blanks

/** What the file beside the contract answers, by the blanks' names. */
export type Answers = Readonly<Partial<Record<BlankName, string>>>

export function isBlank(name: string): name is BlankName {
  return Object.hasOwn(blanks, name)
}
