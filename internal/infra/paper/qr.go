package paper

import (
	"fmt"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// QRSVG draws a QR code as a picture for pages: one path, sharp at any size, with
// the quiet zone that scanners want (ISO/IEC 18004: four dots). label says to
// those who cannot see it what it is.
func QRSVG(text, label string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("qr: %w", err)
	}
	n := code.Bounds().Dx()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="qr" viewBox="0 0 %d %d" width="112" height="112" role="img" aria-label="%s" focusable="false"><path fill="#ffffff" d="M0 0h%dv%dH0z"/><path d="`, n+8, n+8, escape(label), n+8, n+8)
	for y := range n {
		for x := 0; x < n; {
			w := 0
			for x+w < n && isBlack(code.At(x+w, y)) {
				w++
			}
			if w > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+4, y+4, w, w)
			}
			x += w + 1
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}
