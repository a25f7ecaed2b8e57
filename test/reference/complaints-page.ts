/** Each complaint with our answer and the tests that hold it. */
import { complaints, type Complaint, type Proof } from './complaints.ts'
import { page, table } from './page.ts'

export function complaintsPage(): string {
  return page(
    'Complaints',
    'What people hold against the telemetry of other products, from about sixty systems read ' +
      'in their own sources, in our words. Each has an answer, and tests that fail when it ' +
      'is none any more; `test/complaints.test.ts` holds that they exist.',
    ...complaints.flatMap(({ title, complaints: all }) => [
      `## ${title}`,
      table(
        ['', 'complaint', 'answer', 'held by'],
        all.map((complaint, index) => [
          String(index + 1),
          complaint.says,
          answerOf(complaint),
          complaint.tests.map(proofOf).join('<br>')
        ])
      )
    ])
  )
}

function answerOf({ answer, notYet }: Complaint): string {
  return notYet === undefined ? answer : `${answer}. **Not offered yet**: ${notYet}`
}

function proofOf({ file, name, about, rule }: Proof): string {
  const told = rule === undefined ? name : name.replace('%s', rule)
  return (
    `[${file.replace(/\.test\.ts$/, '')}](../../${file}): ` +
    `${about === undefined ? '' : `${about}: `}${told.replaceAll('<', '&lt;')}`
  )
}
