// What no reader sees: blanks, control and format characters, fillers that Unicode lets programs ignore (U+3164, U+115F), the
// empty braille pattern and notehead, and marks without a letter.
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u

/** Whether a text has a character that can be seen. */
export const hasVisible = (text: string): boolean => VISIBLE.test(text)
