// Icons: paths in a grid of 24 x 24, drawn as strokes with round ends.

import { Path } from "../painting/path.ts";
import { parseSvgPath } from "../painting/svg-path.ts";

let known = new Map<string, Path>();

/** The path of SVG path data, parsed once. */
function icon(data: string): Path {
  if (known.has(data)) return known.get(data);
  const path = parseSvgPath(data);
  known.set(data, path);
  return path;
}

/** The icons that the toolkit brings along. */
export class Icons {
  static get add(): Path {
    return icon("M12 5v14M5 12h14");
  }
  static get remove(): Path {
    return icon("M5 12h14");
  }
  static get close(): Path {
    return icon("M6 6l12 12M18 6L6 18");
  }
  static get check(): Path {
    return icon("M5 12.5l4.5 4.5L19 7.5");
  }
  static get search(): Path {
    return icon("M18 11a7 7 0 1 1-14 0a7 7 0 0 1 14 0zM16 16l4.5 4.5");
  }
  static get menu(): Path {
    return icon("M4 7h16M4 12h16M4 17h16");
  }
  static get more(): Path {
    return icon("M12 5.5v.01M12 12v.01M12 18.5v.01");
  }
  static get left(): Path {
    return icon("M15 5l-7 7l7 7");
  }
  static get right(): Path {
    return icon("M9 5l7 7l-7 7");
  }
  static get up(): Path {
    return icon("M5 15l7-7l7 7");
  }
  static get down(): Path {
    return icon("M5 9l7 7l7-7");
  }
  static get home(): Path {
    return icon("M4 11l8-7l8 7v8a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19zM9.5 20.5v-6h5v6");
  }
  static get folder(): Path {
    return icon("M3 7a2 2 0 0 1 2-2h4l2 2.5h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z");
  }
  static get file(): Path {
    return icon("M6 3h8l5 5v11a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V4a1 1 0 0 1 1-1zM14 3v5h5");
  }
  static get image(): Path {
    return icon(
      "M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM3 17l5-5l4 4l3-3l6 6M15 8.5v.01",
    );
  }
  static get terminal(): Path {
    return icon(
      "M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM7 9l3 3l-3 3M12.5 15.5H17",
    );
  }
  static get settings(): Path {
    return icon(
      "M4 7h9M19 7h1M13 7a3 3 0 1 0 6 0a3 3 0 1 0-6 0M20 17h-9M5 17H4M5 17a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
    );
  }
  static get activity(): Path {
    return icon("M3 12h4l3-8l4 16l3-8h4");
  }
  static get clock(): Path {
    return icon("M21 12a9 9 0 1 1-18 0a9 9 0 0 1 18 0zM12 7v5l3.5 2");
  }
  static get cloud(): Path {
    return icon("M7 18.5a4.5 4.5 0 0 1-.4-9A6 6 0 0 1 18 10.6a4 4 0 0 1-.6 7.9z");
  }
  static get download(): Path {
    return icon("M12 4v11M7 11l5 5l5-5M5 20h14");
  }
  static get refresh(): Path {
    return icon("M20 12a8 8 0 1 1-2.4-5.7L20 8.5M20 4v4.5h-4.5");
  }
  static get trash(): Path {
    return icon("M4 7h16M9 7V4.5h6V7M6 7l1 13h10l1-13M10 11v5M14 11v5");
  }
  static get edit(): Path {
    return icon("M4 20l1-4.5L16.5 4a2.1 2.1 0 0 1 3 3L8.5 19z");
  }
  static get play(): Path {
    return icon("M7 4.5l12 7.5l-12 7.5z");
  }
  static get power(): Path {
    return icon("M12 3v9M6.5 6.8a8 8 0 1 0 11 0");
  }
  static get bell(): Path {
    return icon("M6 9a6 6 0 0 1 12 0c0 6 2 7.5 2 7.5H4S6 15 6 9M10 20a2.2 2.2 0 0 0 4 0");
  }
  static get warning(): Path {
    return icon("M12 4L2.5 20h19zM12 10v4.5M12 17.4v.01");
  }
  static get sun(): Path {
    return icon(
      "M16 12a4 4 0 1 1-8 0a4 4 0 0 1 8 0zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
    );
  }
  static get moon(): Path {
    return icon("M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.500 10.500z");
  }
}
