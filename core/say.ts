/** Takes one line for the user, without its end. Where it goes is nobody's business who says it. @module */
export type Say = (line: string) => void;
