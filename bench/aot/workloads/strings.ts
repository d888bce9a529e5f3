// Strings that are built, joined, searched and compared: allocation and copying.

const ROUNDS: i32 = 200;
const WORDS: i32 = 60;

export function buildStrings(): u32 {
  let checksum: u32 = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const text = sentence(round);
    checksum = checksum * 31 + <u32>text.length + <u32>text.indexOf("w59");
    const words = text.split(" ");
    for (let i = 0; i < words.length; i++) checksum = checksum * 31 + <u32>words[i].charCodeAt(1);
    if (words.join("-").includes("w7-")) checksum++;
  }
  return checksum;
}

function sentence(round: i32): string {
  let text = "";
  for (let i = 0; i < WORDS; i++) text += "w" + i.toString() + (i & 1 ? " " : round.toString() + " ");
  return text;
}
