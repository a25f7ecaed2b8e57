/**
 * Colours of charts: told apart by people with any colour vision, and at least 3:1 against their
 * ground (WCAG 1.4.11).
 */

export interface Palette {
  /** In this order, never by value: the same place in a list has the same colour on every chart. */
  readonly series: readonly string[]
  readonly text: string
  readonly faint: string
  readonly line: string
  readonly ground: string
  readonly shade: string
}

export const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    series: [
      '#2459a3',
      '#c8620a',
      '#0f8a6b',
      '#8a5bb5',
      '#a67c00',
      '#3a95c4',
      '#c2487f',
      '#6b7480'
    ],
    text: '#1f2328',
    faint: '#59616b',
    line: '#e3e6ea',
    ground: '#ffffff',
    shade: 'rgba(89, 97, 107, 0.10)'
  },
  dark: {
    series: [
      '#7fb0f0',
      '#f0a35e',
      '#4fc7a3',
      '#c09be6',
      '#dcb84a',
      '#7cc8ee',
      '#ee8fb8',
      '#a3abb5'
    ],
    text: '#e8eaed',
    faint: '#a9b1bb',
    line: '#33373d',
    ground: '#1b1d21',
    shade: 'rgba(169, 177, 187, 0.14)'
  }
}

/** More series than colours would repeat a colour: the rest stays in the table. */
export const seriesMax = palettes.light.series.length
