// A page about an app that has crashed: what happened, where, and what can be done.

import { Action, on } from "../../engine/foundation/action.ts";
import { AppWindow, WindowOptions } from "../../engine/app/app-window.ts";
import { copyText } from "../../engine/foundation/clipboard.ts";
import { EdgeInsets } from "../../engine/foundation/geometry.ts";
import { BoxDecoration } from "../../engine/painting/box-decoration.ts";
import { CrossAlign, MainAlign } from "../../engine/rendering/flex.ts";
import { TextEditing } from "../../engine/text/editing.ts";
import { IconLook, AppIcon } from "../../engine/widgets/app-icon.ts";
import { ClipRRect, DecoratedBox, Text } from "../../engine/widgets/basic.ts";
import { Button } from "../../engine/widgets/button.ts";
import { BuildContext, StatelessWidget, Widget } from "../../engine/widgets/framework.ts";
import { Icons } from "../../engine/widgets/icons.ts";
import { Column, Expanded, Padding, Row, Spacer } from "../../engine/widgets/layout.ts";
import { TextArea } from "../../engine/widgets/text-area.ts";
import { Theme } from "../../engine/widgets/theme.ts";
import { STATUS_TRAPPED } from "../../../guest-kernel/abi/syscall.ts";
import { trapKind } from "../../sdk/exit-status.ts";
import { readTextFile } from "../../sdk/files.ts";
import { trapText } from "../../sdk/trap-text.ts";
import { AppEntry, AppKind, titleOfPackage } from "./app-entry.ts";
import { AppList, Failure } from "./app-list.ts";

const REPORT_FILE = "/sys/proc/last-crash";
const HOST_PACKAGE = "org.oscortex.host"; // its first argument says which of its apps it is
const WIDTH: i32 = 560;
const HEIGHT: i32 = 380;

/** Shows a page for each app that has crashed. */
export class CrashPages {
  private open: CrashRun[] = [];

  constructor(private apps: AppList) {}

  /** A process that had windows has ended by itself or was ended. Of one that was started here the list of apps tells. */
  note(pid: i32, status: i32): void {
    if ((status & STATUS_TRAPPED) != 0 && !this.apps.hasStarted(pid)) this.noteStranger(pid, status);
    this.showFailures();
  }

  /** A process that somebody else has started, say a shell. */
  private noteStranger(pid: i32, status: i32): void {
    const args = readTextFile("/sys/proc/" + pid.toString() + "/args").content;
    const words = args.split("\n").filter((word) => word.length > 0);
    let name = nameInReport(readTextFile(REPORT_FILE).content);
    if (name == HOST_PACKAGE && words.length > 0) name = words.shift();
    const title = titleOfPackage(name);
    let entry = this.apps.find(name);
    if (entry === null) entry = new AppEntry(AppKind.Remote, name, title, IconLook.letterOf(title));
    this.apps.failures.push(new Failure(pid, entry, words, status));
  }

  /** Shows what the list of apps has noted. */
  showFailures(): void {
    while (this.apps.failures.length > 0) {
      const failure = this.apps.failures.shift();
      this.open.push(new CrashRun(this.apps, failure));
    }
  }
}

/** The app that a report is about: its first line begins `NAME (pid …)`. */
function nameInReport(report: string): string {
  const end = report.indexOf(" ");
  return end <= 0 ? "An app" : report.slice(0, end);
}

/** A page that is open. */
export class CrashRun {
  report: string = "";
  private window: AppWindow | null = null;

  constructor(
    private apps: AppList,
    readonly failure: Failure,
  ) {
    const file = readTextFile(REPORT_FILE);
    this.report = file.error < 0 || file.content.length == 0 ? this.reason : file.content.trimEnd();
    const options = new WindowOptions(failure.entry.title + " has stopped", WIDTH, HEIGHT).withIcon(
      new IconLook(0xffe8685f, 0xffb93a3a, Icons.bug),
    );
    this.window = AppWindow.open(options, new CrashPage(this));
  }

  /** What happened, in a few words. */
  get reason(): string {
    const status = this.failure.status;
    if ((status & STATUS_TRAPPED) != 0) return trapText(trapKind(status));
    return "status " + status.toString();
  }

  close(): void {
    const window = this.window;
    if (window !== null) window.close();
  }

  restart(): void {
    this.close();
    this.apps.launch(this.failure.entry, this.failure.args);
  }

  copy(): void {
    copyText(this.report);
  }
}

/** What the page looks like. */
export class CrashPage extends StatelessWidget {
  constructor(private run: CrashRun) {
    super();
  }

  build(context: BuildContext): Widget {
    const theme = Theme.of(context);
    const run = this.run;
    const entry = run.failure.entry;
    const words = new Column(
      [
        new Text(entry.title + " stopped unexpectedly", theme.title),
        new Text(
          "Reason: " + run.reason + ". Everything else goes on.",
          theme.body.colored(theme.colors.muted),
        ),
      ],
      MainAlign.Start,
      CrossAlign.Start,
    )
      .spaced(2)
      .shrunk();
    const head = new Row([new AppIcon(entry.icon, 48), new Expanded(words)]).spaced(16);
    const report = new TextArea(new TextEditing(run.report));
    report.isReadOnly = true;
    report.style = theme.code;
    report.padding = EdgeInsets.all(12);
    report.editing.moveTo(0, false);
    const well = new DecoratedBox(
      new BoxDecoration(theme.colors.surface, 10).border(theme.colors.border),
      new Padding(EdgeInsets.all(1), new ClipRRect(9, report)),
    );
    return new Padding(
      new EdgeInsets(20, 8, 20, 20),
      new Column([head, new Expanded(well), this.buttons()], MainAlign.Start, CrossAlign.Stretch).spaced(16),
    );
  }

  private buttons(): Widget {
    const run = this.run;
    const copy: Action = on<CrashRun>(run, (self) => self.copy());
    const close: Action = on<CrashRun>(run, (self) => self.close());
    const restart: Action = on<CrashRun>(run, (self) => self.restart());
    return new Row([
      new Button("Copy report", copy).withIcon(Icons.copy),
      new Spacer(),
      new Button("Close", close),
      Button.primary("Start again", restart).withIcon(Icons.refresh),
    ]).spaced(8);
  }
}
