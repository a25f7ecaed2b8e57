/**
 * Colours, sizes and type of the whole dashboard, each readable on its ground (WCAG AA) in light
 * and dark.
 */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core'

const ink: MantineColorsTuple = [
  '#edf3fb',
  '#d6e3f4',
  '#adc6e8',
  '#81a7db',
  '#6d9ade',
  '#4179c4',
  '#2f69b8',
  '#2459a3',
  '#1d4c8f',
  '#153c75'
]

export const theme = createTheme({
  primaryColor: 'ink',
  colors: { ink },
  primaryShade: { light: 7, dark: 6 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '24px', lineHeight: '1.3' },
      h2: { fontSize: '17px', lineHeight: '1.4' },
      h3: { fontSize: '15px', lineHeight: '1.4' }
    }
  },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Colour alone does not tell a link from the words around it.
    Anchor: { defaultProps: { underline: 'always' } },
    // What pulses is drawn sixty times a second, without a graphics card at the cost of the answers
    // that are waited for.
    Skeleton: { defaultProps: { animate: false } }
  }
})

/**
 * Mantine's dimmed text and placeholders are too faint for small text; the rest are the dashboard's
 * own surfaces.
 */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f7f8f9',
    '--mantine-color-text': '#1f2328',
    '--mantine-color-dimmed': '#59616b',
    '--mantine-color-placeholder': '#67707b',
    '--mantine-color-error': '#b3261e',
    '--candor-surface': '#ffffff',
    '--candor-quiet': '#f1f3f5',
    '--candor-line': '#e3e6ea',
    '--candor-bar': '#dbe6f5',
    '--candor-heat': '#4a86d4',
    '--candor-good': '#0d7359',
    '--candor-warn': '#a04b00',
    '--candor-bad': '#b3261e'
  },
  dark: {
    '--mantine-color-body': '#131518',
    '--mantine-color-text': '#e8eaed',
    '--mantine-color-dimmed': '#a9b1bb',
    '--mantine-color-placeholder': '#9aa3ad',
    '--mantine-color-error': '#ff9c94',
    '--candor-surface': '#1b1d21',
    '--candor-quiet': '#24272c',
    '--candor-line': '#33373d',
    '--candor-bar': '#2a3d58',
    '--candor-heat': '#4a86d4',
    '--candor-good': '#58cfae',
    '--candor-warn': '#f0a35e',
    '--candor-bad': '#ff9c94'
  }
})
