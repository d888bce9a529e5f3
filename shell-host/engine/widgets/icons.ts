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
    return icon("M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z");
  }
  static get minimise(): Path {
    return icon("M6 12.5h12");
  }
  static get maximise(): Path {
    return icon(
      "M7.5 6h9A1.5 1.5 0 0 1 18 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 6 16.5v-9A1.5 1.5 0 0 1 7.5 6z",
    );
  }
  static get restore(): Path {
    return icon(
      "M6.5 9h7.5a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1H6.5a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM9 9V6.5a1 1 0 0 1 1-1h7.5a1 1 0 0 1 1 1V14a1 1 0 0 1-1 1h-2.5",
    );
  }
  static get grid(): Path {
    return icon("M5 5h4.5v4.5H5zM14.5 5H19v4.5h-4.5zM5 14.5h4.5V19H5zM14.5 14.5H19V19h-4.5z");
  }
  static get copy(): Path {
    return icon(
      "M9 8h9a1.5 1.5 0 0 1 1.5 1.5V19a1.5 1.5 0 0 1-1.5 1.5H9A1.5 1.5 0 0 1 7.5 19V9.5A1.5 1.5 0 0 1 9 8zM16.5 8V5A1.5 1.5 0 0 0 15 3.5H6A1.5 1.5 0 0 0 4.5 5v9.5A1.5 1.5 0 0 0 6 16h1.5",
    );
  }
  static get newFolder(): Path {
    return icon(
      "M3 7a2 2 0 0 1 2-2h4l2 2.5h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM12 10.5v5M9.5 13h5",
    );
  }
  static get brush(): Path {
    return icon("M14.5 5.5l4 4L9.5 18.5c-1.5 1.5-5.5 2-5.5 2s.5-4 2-5.5zM12.5 7.5l4 4");
  }
  static get eraser(): Path {
    return icon(
      "M9 20h11M13.5 5.5l6 6a1.5 1.5 0 0 1 0 2L13 20H8.5L4.5 16a1.5 1.5 0 0 1 0-2l7-8.5a1.5 1.5 0 0 1 2 0zM9 9.5l6.5 6.5",
    );
  }
  static get undo(): Path {
    return icon("M9 6L4.5 10.5L9 15M4.5 10.5H15a5 5 0 0 1 0 10h-3");
  }
  static get redo(): Path {
    return icon("M15 6l4.5 4.5L15 15M19.5 10.5H9a5 5 0 0 0 0 10h3");
  }
  static get save(): Path {
    return icon(
      "M5 4h11l4 4v10.5A1.5 1.5 0 0 1 18.5 20h-13A1.5 1.5 0 0 1 4 18.5V5A1 1 0 0 1 5 4zM8 4v5h7V4M7.5 20v-6h9v6",
    );
  }
  static get pause(): Path {
    return icon("M8 5v14M16 5v14");
  }
  static get stop(): Path {
    return icon("M7 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1z");
  }
  static get memory(): Path {
    return icon(
      "M7 4.5h10A2.5 2.5 0 0 1 19.5 7v10a2.5 2.5 0 0 1-2.5 2.5H7A2.5 2.5 0 0 1 4.5 17V7A2.5 2.5 0 0 1 7 4.5zM9.5 9.5h5v5h-5zM9 4.5v-2M15 4.5v-2M9 21.5v-2M15 21.5v-2M4.5 9h-2M4.5 15h-2M21.5 9h-2M21.5 15h-2",
    );
  }
  static get monitor(): Path {
    return icon(
      "M4.5 4.5h15A1.5 1.5 0 0 1 21 6v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15V6a1.5 1.5 0 0 1 1.5-1.5zM12 16.5V20M8 20.5h8",
    );
  }
  static get palette(): Path {
    return icon(
      "M12 3.5a8.5 8.5 0 1 0 0 17c1.5 0 2-1 1.5-2c-1-2 0-3.5 2-3.5h2a3 3 0 0 0 3-3c0-4.7-3.8-8.5-8.5-8.5zM8 12v.01M9.5 8v.01M14 7.5v.01M17 10.5v.01",
    );
  }
  static get disk(): Path {
    return icon(
      "M6 5h12l3 9v4a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18v-4zM3 14h18M17 16.8v.01M13.5 16.8v.01",
    );
  }
  static get server(): Path {
    return icon(
      "M5 4h14a1.5 1.5 0 0 1 1.5 1.5v4A1.5 1.5 0 0 1 19 11H5a1.5 1.5 0 0 1-1.5-1.5v-4A1.5 1.5 0 0 1 5 4zM5 13h14a1.5 1.5 0 0 1 1.5 1.5v4A1.5 1.5 0 0 1 19 20H5a1.5 1.5 0 0 1-1.5-1.5v-4A1.5 1.5 0 0 1 5 13zM7.5 7.5v.01M7.5 16.5v.01",
    );
  }
  static get info(): Path {
    return icon("M21 12a9 9 0 1 1-18 0a9 9 0 0 1 18 0zM12 11v5.5M12 7.5v.01");
  }
  static get bug(): Path {
    return icon(
      "M8 9.5a4 4 0 0 1 8 0V15a4 4 0 0 1-8 0zM12 5.5V3M8 10H4M8 14.5H4M16 10h4M16 14.5h4M12 9v9.5M9 6L7.5 4M15 6l1.5-2",
    );
  }
  static get window(): Path {
    return icon(
      "M5 5h14a1.5 1.5 0 0 1 1.5 1.5v11A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5v-11A1.5 1.5 0 0 1 5 5zM3.5 9h17",
    );
  }
  static get stopwatch(): Path {
    return icon("M19.5 13.5a7.5 7.5 0 1 1-15 0a7.5 7.5 0 0 1 15 0zM12 9.5v4l2.5 1.5M10 3h4M12 3v3");
  }
}
