// The apps of the machine: those of this module and those of the package server. Fetching waits, so processes of their own do it:
// `desktop catalog` and `desktop resolve NAME`; what they have fetched is in the kernel's cache when they end.

import { Action, on } from "../../engine/foundation/action.ts";
import { Alarm, setAlarm } from "../../engine/foundation/frame-clock.ts";
import { Listenable } from "../../engine/foundation/listenable.ts";
import { IconLook } from "../../engine/widgets/app-icon.ts";
import { errorText } from "../../sdk/error-text.ts";
import { EXIT_SIGKILL, exitStatus } from "../../sdk/exit-status.ts";
import { readTextFile } from "../../sdk/files.ts";
import { CatalogEntry, catalog, resolve } from "../../sdk/packages.ts";
import { start } from "../../sdk/process.ts";
import { localApps } from "../local-apps.ts";
import { AppEntry, AppKind, LaunchState, titleOfPackage } from "./app-entry.ts";
import { CachedPackages } from "./package-icons.ts";

const HOST = "/bin/desktop";
const PROGRESS_FILE = "/sys/pkg/progress";
const ENDED_KEPT: i32 = 32;
const PROGRESS_TIME: f64 = 60; // milliseconds between looks at the progress

/** A process that was started here, and what for. */
class Child {
  constructor(
    readonly pid: i32,
    /** The app that it is, or fetches; null for the catalog. */
    readonly entry: AppEntry | null,
    readonly fetches: bool,
    readonly args: string[],
  ) {}
}

/** A process of an app that ended before it should have. */
export class Failure {
  constructor(
    readonly pid: i32,
    readonly entry: AppEntry,
    readonly args: string[],
    readonly status: i32,
  ) {}
}

/** All apps. Tells its listeners when anything about one has changed. */
export class AppList extends Listenable {
  entries: AppEntry[] = [];
  /** The catalog is being fetched. */
  isLoading: bool = false;
  /** Why there is no catalog; empty if there is one. */
  catalogError: string = "";
  /** Apps that ended by a trap, for the desktop to take. */
  failures: Failure[] = [];
  private children: Child[] = [];
  private endedPids: i32[] = []; // the newest, of apps that were started here
  private progressAlarm: Alarm | null = null;

  constructor() {
    super();
    const apps = localApps();
    for (let i = 0; i < apps.length; i++)
      this.entries.push(new AppEntry(AppKind.Local, apps[i].name, apps[i].title, apps[i].icon));
  }

  /** The app of a name; null if there is none. */
  find(name: string): AppEntry | null {
    for (let i = 0; i < this.entries.length; i++) if (this.entries[i].name == name) return this.entries[i];
    return null;
  }

  /** The app that a process is; null if it was not started here. */
  entryOf(pid: i32): AppEntry | null {
    for (let i = 0; i < this.children.length; i++)
      if (this.children[i].pid == pid && !this.children[i].fetches) return this.children[i].entry;
    return null;
  }

  /** True if a process is an app that was started here, or was one a moment ago. */
  hasStarted(pid: i32): bool {
    return this.entryOf(pid) !== null || this.endedPids.includes(pid);
  }

  /** True if a process of the app is alive. */
  isRunning(entry: AppEntry): bool {
    for (let i = 0; i < this.children.length; i++)
      if (this.children[i].entry === entry && !this.children[i].fetches) return true;
    return false;
  }

  /** Processes were started here and have not ended, as far as is known. */
  get hasChildren(): bool {
    return this.children.length > 0;
  }

  /** Fetches the catalog anew. */
  refresh(): void {
    if (this.isLoading) return;
    const pid = startHost(["catalog"]);
    if (pid < 0) {
      this.catalogError = errorText(pid);
      return this.notifyListeners();
    }
    this.isLoading = true;
    this.children.push(new Child(pid, null, true, []));
    this.notifyListeners();
  }

  /** Starts an app, after fetching it if need be. */
  launch(entry: AppEntry, args: string[] = []): void {
    if (entry.state == LaunchState.Fetching) return;
    entry.error = "";
    entry.state = LaunchState.Idle;
    if (entry.kind == AppKind.Local) this.started(startHost([entry.name].concat(args)), entry, args);
    else if (entry.kind == AppKind.Command) this.launchCommand(entry);
    else this.fetch(entry, args);
    this.notifyListeners();
  }

  private launchCommand(entry: AppEntry): void {
    const terminal = this.find("terminal");
    if (terminal !== null) this.launch(terminal, ["run", entry.name]);
  }

  private fetch(entry: AppEntry, args: string[]): void {
    const pid = startHost(["resolve", entry.name]);
    if (pid < 0) return this.fail(entry, pid);
    entry.state = LaunchState.Fetching;
    entry.progress = -1;
    this.children.push(new Child(pid, entry, true, args));
    this.watchProgress();
  }

  private started(pid: i32, entry: AppEntry, args: string[]): void {
    if (pid < 0) return this.fail(entry, pid);
    entry.state = LaunchState.Idle;
    this.children.push(new Child(pid, entry, false, args));
  }

  private fail(entry: AppEntry, error: i32): void {
    entry.state = LaunchState.Failed;
    entry.error = errorText(error);
  }

  // ---- what ends

  /** A child has ended, as `wait` tells it. */
  ended(pid: i32, status: i32): void {
    for (let i = 0; i < this.children.length; i++) {
      const child = this.children[i];
      if (child.pid != pid) continue;
      this.children.splice(i, 1);
      this.endedPids.push(pid);
      if (this.endedPids.length > ENDED_KEPT) this.endedPids.shift();
      const entry = child.entry;
      if (entry === null) this.catalogEnded(status);
      else if (child.fetches) this.fetchEnded(entry, child.args, status);
      else if (exitStatus(status) > 127 && exitStatus(status) != EXIT_SIGKILL)
        this.failures.push(new Failure(pid, entry, child.args, status));
      return this.notifyListeners();
    }
  }

  private fetchEnded(entry: AppEntry, args: string[], status: i32): void {
    if (exitStatus(status) != 0) return this.fail(entry, -exitStatus(status));
    const appId = resolve(entry.name); // it is in the cache: this does not wait
    entry.isCached = appId >= 0;
    const icon = new CachedPackages().iconOf(entry.name);
    if (icon !== null) entry.icon = icon;
    this.started(appId < 0 ? appId : start(appId, args), entry, args);
  }

  private catalogEnded(status: i32): void {
    this.isLoading = false;
    const error = -exitStatus(status);
    this.catalogError = error == 0 ? "" : errorText(error);
    if (error != 0) return;
    const list = catalog(); // it was fetched a moment ago: this does not wait
    if (list.error < 0) this.catalogError = errorText(list.error);
    else this.takeCatalog(list.content);
  }

  private takeCatalog(list: CatalogEntry[]): void {
    const entries: AppEntry[] = [];
    for (let i = 0; i < this.entries.length; i++)
      if (this.entries[i].kind == AppKind.Local) entries.push(this.entries[i]);
    const cached = new CachedPackages();
    for (let i = 0; i < list.length; i++) entries.push(this.entryFor(list[i], cached));
    this.entries = entries;
  }

  /** The entry that is there already, or another. */
  private entryFor(found: CatalogEntry, cached: CachedPackages): AppEntry {
    const kind = found.hasWindow ? AppKind.Remote : AppKind.Command;
    let entry = this.find(found.name);
    if (entry === null || entry.kind != kind) {
      const title = titleOfPackage(found.name);
      entry = new AppEntry(kind, found.name, title, IconLook.letterOf(title));
    }
    const icon = cached.iconOf(found.name);
    if (icon !== null) entry.icon = icon;
    entry.isCached = cached.has(found.name);
    entry.version = found.version;
    entry.sizeBytes = found.sizeBytes;
    return entry;
  }

  // ---- progress

  private watchProgress(): void {
    if (this.progressAlarm !== null) return;
    this.progressAlarm = setAlarm(
      PROGRESS_TIME,
      on<AppList>(this, (self) => self.lookAtProgress()),
    );
  }

  private lookAtProgress(): void {
    this.progressAlarm = null;
    const fetching = this.fetching();
    if (fetching.length == 0) return;
    const words = readTextFile(PROGRESS_FILE).content.split("\n")[0].split(" ");
    for (let i = 0; i < fetching.length; i++)
      if (words.length >= 4 && words[0] == fetching[i].name) fetching[i].progress = progressOf(words);
    this.watchProgress();
    this.notifyListeners();
  }

  private fetching(): AppEntry[] {
    return this.entries.filter((entry) => entry.state == LaunchState.Fetching);
  }
}

/** Of `NAME STAGE DONE TOTAL`. */
function progressOf(words: string[]): f64 {
  const total = parseFloat(words[3]);
  return total > 0 ? parseFloat(words[2]) / total : -1;
}

/** Starts this module once more: the pid, or -E_*. */
export function startHost(args: string[]): i32 {
  const appId = resolve(HOST);
  return appId < 0 ? appId : start(appId, args);
}
