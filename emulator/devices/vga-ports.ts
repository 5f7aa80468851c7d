/**
 * The VGA's I/O ports 0x3B0..0x3DF: sequencer, graphics controller, CRT controller, attribute controller, DAC.
 *
 * - Monochrome and colour addresses (0x3Bx, 0x3Dx) answer as the misc output register selects.
 * - Retrace bits follow guest time at the frame rate that the CRTC is programmed for.
 * Source: IBM VGA Technical Reference (1992); FreeVGA "VGA Hardware".
 */
import type { AccessSize, PortHandler, Timers } from '../machine/bus.ts';
import { CRTC, MISC_COLOR, type VgaState } from './vga-state.ts';

const CRTC_PROTECT = 0x80;
const SWITCH_SENSE = 0x10;
const DISPLAY_DISABLED = 0x01;
const VERTICAL_RETRACE = 0x08;
/** Dots a second of the two clocks that the misc output register chooses between. */
const DOT_CLOCKS = [25_175_000, 28_322_000] as const;
const SEQUENCER_BITS = [0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0, 0xff] as const;
const GRAPHICS_BITS = [15, 15, 15, 0x1f, 3, 0x7b, 15, 15, 0xff, 0, 0, 0, 0, 0, 0, 0] as const;
const ATTRIBUTE_BITS = [0xef, 0xff, 0x3f, 0x0f, 0x0f] as const;

export class VgaPorts implements PortHandler {
  readonly #state: VgaState;
  readonly #timers: Timers;
  readonly #memoryMapChanged: () => void;

  constructor(state: VgaState, timers: Timers, memoryMapChanged: () => void) {
    this.#state = state;
    this.#timers = timers;
    this.#memoryMapChanged = memoryMapChanged;
  }

  /** 0x3Bx when colour is selected and 0x3Dx when it is not: nobody is there. */
  #absent(port: number): boolean {
    const color = (this.#state.misc & MISC_COLOR) !== 0;
    return (port >= 0x3b0 && port <= 0x3bf && color) || (port >= 0x3d0 && port <= 0x3df && !color);
  }

  portRead(port: number): number {
    const s = this.#state;
    if (this.#absent(port)) return 0xff;
    switch (port) {
      case 0x3c0:
        return s.attributeIndex;
      case 0x3c1:
        return s.attribute[s.attributeIndex & 0x1f] ?? 0;
      case 0x3c2:
        return SWITCH_SENSE;
      case 0x3c4:
        return s.sequencerIndex;
      case 0x3c5:
        return s.sequencer[s.sequencerIndex] ?? 0;
      case 0x3c6:
        return s.dacMask;
      case 0x3c7:
        return s.dacReading ? 3 : 0;
      case 0x3c8:
        return s.dacWriteIndex;
      case 0x3c9:
        return this.#readDac();
      case 0x3ca:
        return s.featureControl;
      case 0x3cc:
        return s.misc;
      case 0x3ce:
        return s.graphicsIndex;
      case 0x3cf:
        return s.graphics[s.graphicsIndex] ?? 0;
      case 0x3b4:
      case 0x3d4:
        return s.crtcIndex;
      case 0x3b5:
      case 0x3d5:
        return s.crtc[s.crtcIndex] ?? 0;
      case 0x3ba:
      case 0x3da:
        s.attributeData = false;
        return this.#inputStatus();
      default:
        return 0xff;
    }
  }

  portWrite(port: number, _sizeBytes: AccessSize, value: number): void {
    const s = this.#state;
    if (this.#absent(port)) return;
    switch (port) {
      case 0x3c0:
        this.#writeAttribute(value);
        break;
      case 0x3c2:
        if (((s.misc ^ value) & 0x03) !== 0) {
          s.misc = value;
          this.#memoryMapChanged();
        }
        s.misc = value;
        break;
      case 0x3c4:
        s.sequencerIndex = value & 7;
        break;
      case 0x3c5:
        s.sequencer[s.sequencerIndex] = value & (SEQUENCER_BITS[s.sequencerIndex] ?? 0);
        s.generation++;
        if (s.sequencerIndex === 2 || s.sequencerIndex === 4) this.#memoryMapChanged();
        break;
      case 0x3c6:
        s.dacMask = value;
        s.generation++;
        break;
      case 0x3c7:
        s.dacReadIndex = value;
        s.dacComponent = 0;
        s.dacReading = true;
        break;
      case 0x3c8:
        s.dacWriteIndex = value;
        s.dacComponent = 0;
        s.dacReading = false;
        break;
      case 0x3c9:
        this.#writeDac(value);
        break;
      case 0x3ce:
        s.graphicsIndex = value & 15;
        break;
      case 0x3cf:
        s.graphics[s.graphicsIndex] = value & (GRAPHICS_BITS[s.graphicsIndex] ?? 0);
        if (s.graphicsIndex === 5 || s.graphicsIndex === 6) s.generation++;
        this.#memoryMapChanged();
        break;
      case 0x3b4:
      case 0x3d4:
        s.crtcIndex = value & 0x1f;
        break;
      case 0x3b5:
      case 0x3d5:
        this.#writeCrtc(value);
        break;
      case 0x3ba:
      case 0x3da:
        s.featureControl = value & 0x10;
        break;
      default:
    }
  }

  #writeAttribute(value: number): void {
    const s = this.#state;
    if (!s.attributeData) {
      if (((s.attributeIndex ^ value) & 0x20) !== 0) s.generation++;
      s.attributeIndex = value & 0x3f;
    } else {
      const index = s.attributeIndex & 0x1f;
      if (index < 16) s.attribute[index] = value & 0x3f;
      else if (index < 21) s.attribute[index] = value & (ATTRIBUTE_BITS[index - 16] ?? 0);
      s.generation++;
    }
    s.attributeData = !s.attributeData;
  }

  #writeCrtc(value: number): void {
    const s = this.#state;
    const index = s.crtcIndex;
    if (index < 8 && (s.c(CRTC.verticalRetraceEnd) & CRTC_PROTECT) !== 0) {
      // Of the protected registers only line compare bit 8 may change.
      if (index === CRTC.overflow) s.crtc[index] = (s.c(index) & ~0x10) | (value & 0x10);
    } else {
      s.crtc[index] = value;
    }
    // The cursor is compared when a frame is taken.
    if (index < CRTC.cursorStart || index > CRTC.cursorLow) s.generation++;
  }

  #readDac(): number {
    const s = this.#state;
    const value = s.dac[s.dacReadIndex * 3 + s.dacComponent] ?? 0;
    if (++s.dacComponent === 3) {
      s.dacComponent = 0;
      s.dacReadIndex = (s.dacReadIndex + 1) & 0xff;
    }
    return value;
  }

  /** A colour takes effect when its third component arrives. */
  #writeDac(value: number): void {
    const s = this.#state;
    s.dacLatch[s.dacComponent] = s.dac8Bit ? value : value & 63;
    if (++s.dacComponent < 3) return;
    s.dacComponent = 0;
    s.dac.set(s.dacLatch, s.dacWriteIndex * 3);
    s.dacWriteIndex = (s.dacWriteIndex + 1) & 0xff;
    s.generation++;
  }

  #inputStatus(): number {
    const s = this.#state;
    const dotClock = DOT_CLOCKS[((s.misc >> 2) & 1) as 0 | 1];
    const dotsPerCharacter = ((s.sequencer[1] ?? 0) & 1) !== 0 ? 8 : 9;
    const lineNs = ((s.c(CRTC.horizontalTotal) + 5) * dotsPerCharacter * 1e9) / dotClock;
    const frameLines = Math.max(s.totalLines, s.visibleLines + 2);
    const line = (this.#timers.nowNs() / lineNs) % frameLines;
    const endOfLine = (s.c(CRTC.horizontalEnd) + 1) / (s.c(CRTC.horizontalTotal) + 5);
    if (line >= s.visibleLines) return DISPLAY_DISABLED | VERTICAL_RETRACE;
    return line % 1 >= endOfLine ? DISPLAY_DISABLED : 0;
  }
}
