package paper

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/signintech/gopdf"
	"github.com/signintech/gopdf/fontmaker/core"

	"onevisit/internal/domain/fault"
)

//go:embed fonts/*.ttf
var ownFonts embed.FS

// face is one of the four styles of type.
type face int

const (
	song face = iota // titles; 小标宋
	hei              // first headings
	kai              // second headings
	fang             // text; 仿宋
	faces
)

var faceFiles = [faces]string{"song.ttf", "hei.ttf", "kai.ttf", "fang.ttf"}

// Fonts are what PDF is set in: the program's free ones, or a county's own
// TrueType files named song.ttf, hei.ttf, kai.ttf and fang.ttf. The program has
// no 仿宋, since none is free to be built in: text is set in 楷体 unless the
// county gives one. They are read at first use.
type Fonts struct {
	dir  string
	once sync.Once
	err  error
	box  gopdf.FontContainer
	face [faces]*metrics
}

// metrics are what setting a line asks of a face.
type metrics struct {
	name  string
	has   map[int]uint // character to glyph
	width []uint       // by glyph
	em    float64
}

// NewFonts uses the files of a directory before the program's own; an empty
// directory name uses those alone.
func NewFonts(dir string) *Fonts { return &Fonts{dir: dir} }

func (f *Fonts) load() error {
	f.once.Do(func() { f.err = f.read() })
	return f.err
}

func (f *Fonts) read() error {
	for i, file := range faceFiles {
		data, err := f.file(file)
		if errors.Is(err, fs.ErrNotExist) && face(i) == fang {
			f.face[fang] = f.face[kai]
			continue
		}
		if err != nil {
			return err
		}
		var p core.TTFParser
		if err := p.ParseFontData(data); err != nil {
			return fault.Wrap(fault.Invalid, err, "字体文件“%s”不能使用：须为 TrueType（.ttf）格式，不支持 .ttc 和 .otf。", file)
		}
		name := fmt.Sprintf("f%d", i)
		if err := f.box.AddTTFFontData(name, data); err != nil {
			return fault.Wrap(fault.Invalid, err, "字体文件“%s”不能使用：须为 TrueType（.ttf）格式，不支持 .ttc 和 .otf。", file)
		}
		f.face[i] = &metrics{name: name, has: p.Chars(), width: p.Widths(), em: float64(p.UnitsPerEm())}
	}
	return nil
}

func (f *Fonts) file(name string) ([]byte, error) {
	if f.dir != "" {
		b, err := os.ReadFile(filepath.Join(f.dir, name))
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	return ownFonts.ReadFile("fonts/" + name)
}

// advance is the width of a character at a size.
func (m *metrics) advance(r rune, size float64) float64 {
	g := m.has[int(r)]
	if int(g) >= len(m.width) {
		g = uint(len(m.width) - 1) // the rest are as wide as the last (hmtx)
	}
	return float64(m.width[g]) * size / m.em
}

// pick is the first face that has the character, asking the wanted one first;
// nil if none has.
func (f *Fonts) pick(want face, r rune) *metrics {
	for _, w := range [...]face{want, kai, hei, song} {
		if m := f.face[w]; m.has[int(r)] != 0 {
			return m
		}
	}
	return nil
}
