package proof

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"slices"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// Forms and samples stand at the end of a release file, by hash, each in parts
// that fit a line.

// filePart is how much of a form one line holds, in bytes.
const filePart = 3 << 20

type fileLine struct {
	File wireFile `json:"file"`
}

type wireFile struct {
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`   // of the whole, in bytes
	Offset int64  `json:"offset"` // of this part
	Data   []byte `json:"data"`
}

const fileLinePrefix = `{"file":`

// Open opens a stored form or sample by its hash, or NotFound.
type Open func(hash string) (io.ReadCloser, error)

// writeFiles writes the forms and samples that open finds; one that is gone is
// left out, and the portal says that it cannot be downloaded.
func writeFiles(s *writer, f *publication.ReleaseFile, open Open) error {
	files, err := f.Attachments()
	if err != nil {
		return err
	}
	total := int64(0)
	for _, file := range files {
		if total += file.Size; total > publication.MaxReleaseFiles {
			return fault.Invalidf("表格和样例共超过 %d GB，不能写进公布文件。请压缩较大的文件后重新上传。", publication.MaxReleaseFiles>>30)
		}
		if err := writeOne(s, file, open); err != nil {
			return err
		}
	}
	return nil
}

func writeOne(s *writer, file catalog.File, open Open) error {
	r, err := open(file.Hash)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	part := make([]byte, filePart)
	for at := int64(0); at < file.Size; {
		n, err := io.ReadFull(r, part[:min(filePart, file.Size-at)])
		if err != nil {
			return fault.Wrap(fault.Conflict, err, "“%s”的存储内容不完整，公布文件没有写出。请用 onevisit doctor 检查。", file.Name)
		}
		sum.Write(part[:n])
		s.line(fileLine{wireFile{file.Hash, file.Size, at, part[:n]}})
		at += int64(n)
	}
	if hex.EncodeToString(sum.Sum(nil)) != file.Hash {
		return fault.Conflictf("“%s”的存储内容与校验值不符，公布文件没有写出。请用 onevisit doctor 检查。", file.Name)
	}
	return s.err
}

// fileReader checks the forms and samples of a release file.
type fileReader struct {
	want  []catalog.File // those that may come, by hash; nil until the first
	began bool
	now   catalog.File // the one under way
	sum   hash.Hash
	at    int64
	total int64
}

// take takes a part; everything else of the file has been read when the first
// comes.
func (c *fileReader) take(s *reader, f *publication.ReleaseFile, line []byte) error {
	if !c.began {
		var err error
		if c.want, err = f.Attachments(); err != nil {
			return err
		}
		c.began = true
	}
	var l fileLine
	if json.Unmarshal(line, &l) != nil {
		return s.bad("表格或样例不是规定的格式。")
	}
	if again, err := encodeLine(l); err != nil || !bytes.Equal(again, line) {
		return s.bad("表格或样例不是规定的写法，可能有人改动过。")
	}
	if c.sum == nil {
		i := slices.IndexFunc(c.want, func(w catalog.File) bool { return w.Hash == l.File.SHA256 })
		if i < 0 || c.want[i].Size != l.File.Size || l.File.Size > catalog.MaxFile {
			return s.bad("没有现行的指南用到这个附件，或者次序、大小不对。")
		}
		c.now, c.want, c.sum, c.at = c.want[i], c.want[i+1:], sha256.New(), 0
		if c.total += c.now.Size; c.total > publication.MaxReleaseFiles {
			return s.bad("表格和样例超过 %d GB 的上限。", publication.MaxReleaseFiles>>30)
		}
	}
	if l.File.SHA256 != c.now.Hash || l.File.Size != c.now.Size || l.File.Offset != c.at || int64(len(l.File.Data)) != min(filePart, c.now.Size-c.at) {
		return s.bad("“%s”的内容不连续。", c.now.Name)
	}
	c.sum.Write(l.File.Data)
	if c.at += int64(len(l.File.Data)); c.at < c.now.Size {
		return nil
	}
	if hex.EncodeToString(c.sum.Sum(nil)) != c.now.Hash {
		return s.bad("“%s”与校验值不符。", c.now.Name)
	}
	f.Files, c.sum = append(f.Files, c.now), nil
	return nil
}

// end refuses a file that breaks off within a form.
func (c *fileReader) end(s *reader) error {
	if c.sum != nil {
		return s.bad("“%s”不完整。", c.now.Name)
	}
	return nil
}

// ExtractFiles gives the forms and samples of a release file that ReadRelease has
// found right, one after another; put is told each content with the hash that it
// claims to have and has to compare.
func ExtractFiles(r io.Reader, put func(hash string, content []byte) error) error {
	b := bufio.NewReaderSize(r, 64<<10)
	var content []byte
	for {
		line, err := longLine(b)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(line, []byte(fileLinePrefix)) {
			continue
		}
		var l fileLine
		if err := json.Unmarshal(line, &l); err != nil || l.File.Size > catalog.MaxFile {
			return fault.Conflictf("公布文件中的附件不是规定的格式。")
		}
		if l.File.Offset == 0 {
			content = content[:0]
		}
		if content = append(content, l.File.Data...); int64(len(content)) == l.File.Size {
			if err := put(l.File.SHA256, content); err != nil {
				return err
			}
		}
	}
}

func longLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > maxLine {
			return nil, fault.Conflictf("公布文件有一行太长，文件已损坏。")
		}
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}
