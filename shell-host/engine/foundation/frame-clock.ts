// Time as the window sees it: one value for a whole frame, in milliseconds. Animations get every frame, alarms come once.

import { Action, ValueAction } from "./action.ts";

/** Calls an action at a time. Made by `setAlarm`. */
export class Alarm {
  constructor(
    readonly time: f64,
    readonly action: Action,
  ) {}
}

let time: f64 = 0;
let tickers: ValueAction<f64>[] = [];
let alarms: Alarm[] = [];

/** The time of this frame. */
export function frameTime(): f64 {
  return time;
}

/** Calls an action with the time in each frame, until it is taken out. While there is one, frames follow each other. */
export function addTicker(ticker: ValueAction<f64>): void {
  tickers.push(ticker);
}

export function removeTicker(ticker: ValueAction<f64>): void {
  const at = tickers.indexOf(ticker);
  if (at >= 0) tickers.splice(at, 1);
}

/** Calls an action once, in the first frame that is `delay` later than this one. */
export function setAlarm(delay: f64, action: Action): Alarm {
  const alarm = new Alarm(time + delay, action);
  alarms.push(alarm);
  return alarm;
}

export function cancelAlarm(alarm: Alarm): void {
  const at = alarms.indexOf(alarm);
  if (at >= 0) alarms.splice(at, 1);
}

/** Goes on to a time: calls what is due. */
export function advanceTo(now: f64): void {
  time = max(time, now);
  for (let due: Alarm | null = firstDue(); due !== null; due = firstDue()) {
    cancelAlarm(due);
    due.action.run();
  }
  const running = tickers.slice();
  for (let i = 0; i < running.length; i++) if (tickers.includes(running[i])) running[i].run(time);
}

function firstDue(): Alarm | null {
  const alarm = firstAlarm();
  return alarm !== null && alarm.time <= time ? alarm : null;
}

function firstAlarm(): Alarm | null {
  let first: Alarm | null = null;
  for (let i = 0; i < alarms.length; i++)
    if (first === null || alarms[i].time < first.time) first = alarms[i];
  return first;
}

/** True while something moves. */
export function isAnimating(): bool {
  return tickers.length > 0;
}

/** When the next alarm is due; infinite if there is none. */
export function nextAlarm(): f64 {
  const alarm = firstAlarm();
  return alarm === null ? Infinity : alarm.time;
}
