/** Shell completion: the scripts, and the answers to what they ask. @module */

export { answerText } from "./answer_text.ts";
export { completionCommand } from "./command.ts";
