// The same floods before their mends, for comparison.
export const learned = ''
