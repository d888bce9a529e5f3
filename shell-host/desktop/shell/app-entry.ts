// The apps that the launcher offers, and what is known of each.

import { IconLook } from "../../engine/widgets/app-icon.ts";

export enum AppKind {
  /** In this module. */
  Local,
  /** Of the package server, with windows. */
  Remote,
  /** Of the package server, for the terminal. */
  Command,
}

export enum LaunchState {
  Idle,
  /** Being fetched, or being started. */
  Fetching,
  Failed,
}

/** An app. */
export class AppEntry {
  state: LaunchState = LaunchState.Idle;
  /** Of fetching: 0..1; negative while nobody knows. */
  progress: f64 = -1;
  /** Why it failed. */
  error: string = "";
  /** In the package cache: it starts at once. */
  isCached: bool = false;
  version: string = "";
  sizeBytes: u32 = 0;

  constructor(
    readonly kind: AppKind,
    /** `desktop NAME`, or the package's name. */
    readonly name: string,
    readonly title: string,
    public icon: IconLook,
  ) {}

  matches(words: string): bool {
    const needle = words.toLowerCase();
    return this.title.toLowerCase().includes(needle) || this.name.includes(needle);
  }
}

/** What a package is called on the screen: the last part of its name, with a capital letter. */
export function titleOfPackage(name: string): string {
  const last = name.slice(name.lastIndexOf(".") + 1).replaceAll("-", " ");
  return last.length > 0 ? last.charAt(0).toUpperCase() + last.slice(1) : name;
}
