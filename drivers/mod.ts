/** The commands that write objects: name -> command. @module */

import type { KubernetesCommand } from "../kube/kubernetes_command.ts";
import type { StartObserver } from "../kube/watch/start_observer.ts";
import { cmdriverCommand } from "./cmdriver.ts";
import { cmdriverclosedCommand } from "./cmdriverclosed.ts";
import { flunderDriverCommand } from "./flunder_driver.ts";

/** @param options `startLogger`: what `--with-logger` starts, which is no business of a driver */
export function driverCommands(
  { startLogger }: { startLogger: StartObserver },
): KubernetesCommand[] {
  return [cmdriverCommand(startLogger), cmdriverclosedCommand, flunderDriverCommand(startLogger)];
}
