// The app cache: PKG_CACHE_SLOTS installed apps, the least recently used one making room for the next. Pinned
// (system) apps and apps in use never leave. It owns the installations in it.
//
// An app id is generation << SLOT_BITS | slot. The generation changes whenever the slot is filled, so that the id of an
// app that has left names nothing; it is never 0, so an id is always positive.

import { ICON_MAX_SIZE } from "../../abi/bundle.ts";
import { CATALOG_NAME_SIZE, PKG_CACHE_SLOTS } from "../../abi/catalog.ts";
import { E_NOENT, E_PKG_BUSY, E_PKG_CACHE_FULL } from "../../abi/errors.ts";
import {
  PACKAGE_APP_ID,
  PACKAGE_NAME,
  PACKAGE_NAME_LENGTH,
  PACKAGE_PINNED,
  PACKAGE_SIZE,
  PACKAGE_USERS,
} from "../../abi/package-cache.ts";
import { hashName } from "./package-name.ts";
import { portInstallFree } from "./ports.ts";

const SLOT_BITS: i32 = 4;
const SLOT_MASK: i32 = (1 << SLOT_BITS) - 1;
const MAX_GENERATION: i32 = (1 << (30 - SLOT_BITS)) - 1; // ids stay below 2^30: above are the programs of the initramfs
if (PKG_CACHE_SLOTS > <u32>SLOT_MASK + 1) ERROR("SLOT_BITS");

@unmanaged
class Slot {
  appId: i32; // 0: the slot is free
  generation: i32; // of the app that is or was here
  nameHash: u32;
  nameLength: u32;
  install: i32;
  pinned: bool;
  users: u32; // processes that run it
  lastUse: u64; // `uses` when it was last resolved or run
  name0: u64; // CATALOG_NAME_SIZE bytes in all
}

const SLOT_SIZE: usize = PACKAGE_SIZE;
const NAME: usize = offsetof<Slot>("name0");
if (NAME + CATALOG_NAME_SIZE != SLOT_SIZE) ERROR("SLOT_SIZE");

// Compile-time: the slots are as debuggers know them.
if (offsetof<Slot>("appId") != PACKAGE_APP_ID) ERROR("PACKAGE_APP_ID");
if (offsetof<Slot>("nameLength") != PACKAGE_NAME_LENGTH) ERROR("PACKAGE_NAME_LENGTH");
if (offsetof<Slot>("pinned") != PACKAGE_PINNED) ERROR("PACKAGE_PINNED");
if (offsetof<Slot>("users") != PACKAGE_USERS) ERROR("PACKAGE_USERS");
if (NAME != PACKAGE_NAME) ERROR("PACKAGE_NAME");

const slots = memory.data(1664);
if (SLOT_SIZE * <usize>PKG_CACHE_SLOTS != 1664) ERROR("slots");

// The icon of each slot's app, ICON_MAX_SIZE bytes each.
const icons = memory.data(16384);
const iconLengths = memory.data(64);
if (ICON_MAX_SIZE * PKG_CACHE_SLOTS != 16384 || 4 * PKG_CACHE_SLOTS != 64) ERROR("icons");

let uses: u64 = 0;

/** Address of the slots, for a debugger. */
export function cacheSlots(): usize {
  return slots;
}

/** The app id of the app with this name, which counts as used now, or 0. */
export function cacheFind(name: usize, length: u32): i32 {
  const hash = hashName(name, length);
  for (let i: u32 = 0; i < PKG_CACHE_SLOTS; i++) {
    const slot = slotAt(i);
    if (slot.nameHash != hash || slot.nameLength != length || slot.appId == 0) continue;
    if (memory.compare(changetype<usize>(slot) + NAME, name, <usize>length) != 0) continue;
    slot.lastUse = ++uses;
    return slot.appId;
  }
  return 0;
}

/** True if cacheInsert would find room. */
export function cacheHasRoom(): bool {
  return victim() >= 0;
}

/**
 * Puts an app in the cache, evicting the least recently used one if need be. Its name (a checked package name) is not
 * in the cache. Returns its app id, or -E_PKG_CACHE_FULL; only then does `install` stay the caller's.
 */
export function cacheInsert(name: usize, length: u32, pinned: bool, install: i32): i32 {
  const number = victim();
  if (number < 0) return -E_PKG_CACHE_FULL;
  const slot = slotAt(<u32>number);
  if (slot.appId != 0) empty(slot);
  slot.generation = slot.generation == MAX_GENERATION ? 1 : slot.generation + 1;
  slot.appId = (slot.generation << SLOT_BITS) | number;
  slot.nameHash = hashName(name, length);
  slot.nameLength = length;
  // SAFETY: a checked name is shorter than CATALOG_NAME_SIZE.
  memory.copy(changetype<usize>(slot) + NAME, name, <usize>length);
  slot.install = install;
  slot.pinned = pinned;
  slot.users = 0;
  slot.lastUse = ++uses;
  return slot.appId;
}

/**
 * Takes an app into use, so that it stays until cacheRelease. Returns its installation, or -E_NOENT for an id that
 * names no app (any more).
 */
export function cacheAcquire(appId: i32): i32 {
  const slot = slotOf(appId);
  if (slot == null) return -E_NOENT;
  slot.users++;
  slot.lastUse = ++uses;
  return slot.install;
}

/** Ends one use of an app that cacheAcquire began. */
export function cacheRelease(appId: i32): void {
  const slot = slotOf(appId);
  assert(slot != null && slot.users > 0, "cacheRelease: not in use");
  if (slot != null) slot.users--;
}

/** Removes an app. Returns 0, -E_NOENT for an id that names none, or -E_PKG_BUSY if it is pinned or in use. */
export function cacheEvict(appId: i32): i32 {
  const slot = slotOf(appId);
  if (slot == null) return -E_NOENT;
  if (slot.pinned || slot.users != 0) return -E_PKG_BUSY;
  empty(slot);
  return 0;
}

/** Length of the name of an app, 0 for an id that names none. */
export function cacheNameLength(appId: i32): u32 {
  const slot = slotOf(appId);
  return slot == null ? 0 : slot.nameLength;
}

/** Address of the name of an app, not NUL-terminated. The id names one. */
export function cacheName(appId: i32): usize {
  return changetype<usize>(slotOf(appId)) + NAME;
}

/** True for the id of an app that never leaves. */
export function cachePinned(appId: i32): bool {
  const slot = slotOf(appId);
  return slot != null && slot.pinned;
}

/** Keeps the icon of an app, as long as it is in the cache: text of at most ICON_MAX_SIZE bytes. The id names one. */
export function cacheSetIcon(appId: i32, icon: usize, length: u32): void {
  const number = <usize>(appId & SLOT_MASK);
  memory.copy(icons + number * <usize>ICON_MAX_SIZE, icon, length);
  store<u32>(iconLengths + number * 4, length);
}

/** Lets `take` see each app with its name and its icon, whose length may be 0. */
export function cacheList(take: (name: usize, nameLength: u32, icon: usize, iconLength: u32) => void): void {
  for (let i: u32 = 0; i < PKG_CACHE_SLOTS; i++) {
    const slot = slotAt(i);
    if (slot.appId == 0) continue;
    const icon = icons + <usize>i * <usize>ICON_MAX_SIZE;
    take(changetype<usize>(slot) + NAME, slot.nameLength, icon, load<u32>(iconLengths + <usize>i * 4));
  }
}

/** Evicts the least recently used app that may leave, for its memory; false if there is none. */
export function cacheGive(): bool {
  const number = victim(true);
  if (number < 0) return false;
  empty(slotAt(<u32>number));
  return true;
}

/** The app id in slot i < PKG_CACHE_SLOTS, 0 if it is free. */
export function cacheSlotApp(i: u32): i32 {
  return slotAt(i).appId;
}

/** Processes that run the app in slot i. */
export function cacheSlotUsers(i: u32): u32 {
  return slotAt(i).users;
}

/** The installation of the app in slot i. */
export function cacheSlotInstall(i: u32): i32 {
  return slotAt(i).install;
}

/** Apps in the cache. */
export function cacheCount(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < PKG_CACHE_SLOTS; i++) if (slotAt(i).appId != 0) count++;
  return count;
}

/** Pinned apps in the cache. */
export function cachePinnedCount(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < PKG_CACHE_SLOTS; i++) if (slotAt(i).appId != 0 && slotAt(i).pinned) count++;
  return count;
}

function empty(slot: Slot): void {
  slot.appId = 0;
  store<u32>(iconLengths + ((changetype<usize>(slot) - slots) / SLOT_SIZE) * 4, 0);
  portInstallFree(slot.install);
}

/** The slot to fill next: a free one (not if `taken`), or else the least recently used that may leave, or -1. */
function victim(taken: bool = false): i32 {
  let found = -1;
  let oldest = u64.MAX_VALUE;
  for (let i: u32 = 0; i < PKG_CACHE_SLOTS; i++) {
    const slot = slotAt(i);
    if (slot.appId == 0 && !taken) return <i32>i;
    if (slot.appId == 0 || slot.pinned || slot.users != 0 || slot.lastUse >= oldest) continue;
    oldest = slot.lastUse;
    found = <i32>i;
  }
  return found;
}

/** The slot that holds this app, or null for an id that names none. */
function slotOf(appId: i32): Slot | null {
  const number = <u32>(appId & SLOT_MASK);
  if (appId <= 0 || number >= PKG_CACHE_SLOTS) return null;
  const slot = slotAt(number);
  return slot.appId == appId ? slot : null;
}

function slotAt(number: u32): Slot {
  return changetype<Slot>(slots + <usize>number * SLOT_SIZE);
}
