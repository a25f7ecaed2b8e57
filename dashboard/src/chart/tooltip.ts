/**
 * A tooltip built from elements: text stays text, and no inline style is parsed, which the content
 * security policy would refuse.
 */
import classes from './chart.module.css'

export interface TooltipContent {
  readonly title: string
  readonly note: string | undefined
  readonly lines: readonly {
    readonly name: string
    readonly color: string | undefined
    readonly value: string
  }[]
}

export function tooltipOf({ title, note, lines }: TooltipContent): HTMLElement {
  const box = element('div', classes['tooltip'])
  box.append(element('strong', undefined, title))
  if (note !== undefined) box.append(element('em', undefined, note))
  const list = element('dl')
  for (const { name, color, value } of lines) {
    const term = element('dt')
    if (color !== undefined) {
      const swatch = element('span', classes['swatch'])
      swatch.style.backgroundColor = color
      term.append(swatch)
    }
    term.append(name)
    list.append(term, element('dd', undefined, value))
  }
  box.append(list)
  return box
}

function element(tag: string, className?: string, text?: string): HTMLElement {
  const made = document.createElement(tag)
  if (className !== undefined) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}
