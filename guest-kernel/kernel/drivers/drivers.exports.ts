// What the unit tests of this folder call.

import { framesInit, framesFreeCount } from "../mm/frames.ts";
import { chacha20Block } from "./chacha20.ts";
import { driversPoll } from "./poll.ts";
import { probeDevices } from "./probe.ts";
import { randomFill, randomSeed } from "./random.ts";
import {
  consoleFlush,
  consolePending,
  consoleRead,
  consoleReadable,
  consoleWritable,
  consoleWrite,
} from "./virtio-console.ts";
import {
  frameChecksumValid,
  frameLen,
  framePieceAddress,
  framePieceCount,
  framePieceLen,
  netDeviceCheck,
  netDeviceFillsChecksums,
  netDeviceKick,
  netDeviceMac,
  netDeviceMtu,
  netDeviceReceive,
  netDeviceRecycle,
  netDeviceTransmitBegin,
  netDeviceTransmitCommit,
  netDeviceUp,
} from "./virtio-net.ts";
import { rngSeedsTaken } from "./virtio-rng.ts";

export {
  framesInit,
  framesFreeCount,
  chacha20Block,
  driversPoll,
  probeDevices,
  randomFill,
  randomSeed,
  consoleFlush,
  consolePending,
  consoleRead,
  consoleReadable,
  consoleWritable,
  consoleWrite,
  frameChecksumValid,
  frameLen,
  framePieceAddress,
  framePieceCount,
  framePieceLen,
  netDeviceCheck,
  netDeviceFillsChecksums,
  netDeviceKick,
  netDeviceMac,
  netDeviceMtu,
  netDeviceReceive,
  netDeviceRecycle,
  netDeviceTransmitBegin,
  netDeviceTransmitCommit,
  netDeviceUp,
  rngSeedsTaken,
};
