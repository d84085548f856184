import type { OperatorTools } from "../operator.ts";
export class BackupController {
  constructor(_tools: OperatorTools, _signal: AbortSignal) {}
}
