package portal

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/sign/proof"
)

// fileView answers from a release file what the store answers from the database.
type fileView struct {
	*proof.Log
	f        *publication.ReleaseFile
	releases []publication.Release // newest first
	current  []int                 // places in f.Items, by item ID
	versions map[string][]int      // of an item, oldest first
	codes    map[string]int
	from     map[int64]int // where a release begins in f.Items
}

func newFileView(f *publication.ReleaseFile) (*fileView, error) {
	log, err := proof.NewLog(f)
	if err != nil {
		return nil, err
	}
	v := &fileView{Log: log, f: f, releases: slices.Clone(f.Releases), versions: map[string][]int{}, codes: map[string]int{}, from: map[int64]int{}}
	slices.Reverse(v.releases)
	for i := range f.Items {
		p := &f.Items[i]
		v.versions[p.ItemID] = append(v.versions[p.ItemID], i)
		v.codes[p.VerifyCode] = i
		if _, ok := v.from[p.ReleaseSeq]; !ok {
			v.from[p.ReleaseSeq] = i
		}
		if p.ReplacedBy == 0 {
			v.current = append(v.current, i)
		}
	}
	slices.SortFunc(v.current, func(a, b int) int { return cmp.Compare(f.Items[a].ItemID, f.Items[b].ItemID) })
	return v, nil
}

func notInFile() error {
	return fault.NotFoundf("没有找到所查的内容，它可能已被删除或移走。")
}

func (v *fileView) HeadRelease() (*publication.Release, error) {
	if len(v.releases) == 0 {
		return nil, nil
	}
	return &v.releases[0], nil
}

func (v *fileView) Release(seq int64) (publication.Release, error) {
	for _, r := range v.releases {
		if r.Seq == seq {
			return r, nil
		}
	}
	return publication.Release{}, notInFile()
}

func (v *fileView) Releases() ([]publication.Release, error) { return v.releases, nil }

func (v *fileView) Units() ([]org.Unit, error) { return v.f.Units, nil }

func (v *fileView) CurrentItems(after string, limit int) ([]PublishedItem, error) {
	i := sort.Search(len(v.current), func(i int) bool { return v.f.Items[v.current[i]].ItemID > after })
	var out []PublishedItem
	for _, at := range v.current[i:min(i+limit, len(v.current))] {
		out = append(out, v.f.Items[at])
	}
	return out, nil
}

func (v *fileView) CurrentItem(itemID string) (PublishedItem, error) {
	list := v.versions[itemID]
	if len(list) == 0 {
		return PublishedItem{}, notInFile()
	}
	return v.f.Items[list[len(list)-1]], nil
}

func (v *fileView) PublishedItem(seq int64, itemID string) (PublishedItem, error) {
	for _, at := range v.versions[itemID] {
		if v.f.Items[at].ReleaseSeq == seq {
			return v.f.Items[at], nil
		}
	}
	return PublishedItem{}, notInFile()
}

func (v *fileView) ReplacedItem(seq int64, itemID string) (PublishedItem, error) {
	for _, at := range v.versions[itemID] {
		if v.f.Items[at].ReplacedBy == seq {
			return v.f.Items[at], nil
		}
	}
	return PublishedItem{}, notInFile()
}

func (v *fileView) PublishedByCode(code string) (PublishedItem, error) {
	at, ok := v.codes[code]
	if !ok {
		return PublishedItem{}, notInFile()
	}
	return v.f.Items[at], nil
}

func (v *fileView) ReleaseItems(seq int64, docs bool) ([]PublishedItem, error) {
	at, ok := v.from[seq]
	if !ok {
		return nil, nil
	}
	end := at
	for end < len(v.f.Items) && v.f.Items[end].ReleaseSeq == seq {
		end++
	}
	out := slices.Clone(v.f.Items[at:end])
	if !docs {
		for i := range out {
			out[i].Doc = nil
		}
	}
	return out, nil
}

func (v *fileView) ReleaseItemsAfter(seq int64, after string, limit int) ([]PublishedItem, error) {
	items, err := v.ReleaseItems(seq, false)
	slices.SortFunc(items, func(a, b PublishedItem) int { return cmp.Compare(a.ItemID, b.ItemID) })
	i := sort.Search(len(items), func(i int) bool { return items[i].ItemID > after })
	return items[i:min(i+limit, len(items))], err
}

// FileSource is where a portal without a database reads what is published: a
// release file, or the newest in a directory. A file is taken when it is whole,
// signed by the county and goes on from what is shown; any other is refused, and
// the last good one stays.
type FileSource struct {
	path string
	keep string // where a copy of the last good file is kept; none if empty
	keys []publication.Key
	log  *slog.Logger
	// blobs takes the forms and samples that files bring along.
	blobs *blob.Dir

	mu   sync.Mutex
	seen map[string]judged

	now     atomic.Pointer[fileView]
	trouble atomic.Pointer[string]
	notes   atomic.Pointer[[]string]
}

type fileState struct {
	size int64
	time int64
}

// verdict is what became of a file.
type verdict int

const (
	fileRefused verdict = iota // broken, of another county, or not by the county
	fileOlder                  // right, and older than what is shown: nothing is amiss
	fileShown                  // what is shown, or was when it was read
)

// judged is a file that was looked at.
type judged struct {
	fileState
	verdict verdict
	why     string // of a refused or an older one
}

// NewFileSource reads the file or the directory at path. keys are the county's
// public keys; dir, if not empty, is a directory in which the last good file and
// the forms that it brings survive a restart.
func NewFileSource(path, dir string, keys []publication.Key, log *slog.Logger) (*FileSource, error) {
	s := &FileSource{path: path, keys: keys, log: log, seen: map[string]judged{}}
	if dir != "" {
		s.keep, s.blobs = filepath.Join(dir, "last.release"), blob.New(dir)
	}
	s.Poll(context.Background())
	if s.now.Load() == nil {
		text := "没有可用的公布文件。"
		if t := s.trouble.Load(); t != nil {
			text = *t
		}
		return nil, fault.Invalidf("“%s”：%s请放入由工作台一侧导出的公布文件。", path, text)
	}
	return s, nil
}

// County is the county as the file has it.
func (s *FileSource) County() org.County {
	f := s.now.Load().f
	return org.County{Name: f.Place, Division: publication.OriginDivision(f.Origin)}
}

// Demo reports whether the file holds demonstration data.
func (s *FileSource) Demo() bool { return s.now.Load().f.Demo }

// View runs fn over the file that is shown.
func (s *FileSource) View(ctx context.Context, fn func(Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fn(s.now.Load())
}

// Trouble says why the newest file was refused, "" if it was not. It lasts as
// long as it is so: until the file is gone, made good, or followed by a good one.
func (s *FileSource) Trouble() string {
	if t := s.trouble.Load(); t != nil {
		return *t
	}
	return ""
}

// Notes say which files are left alone because they are older than what is shown.
func (s *FileSource) Notes() []string {
	if n := s.notes.Load(); n != nil {
		return *n
	}
	return nil
}

// Poll looks for files that were not seen before, and forgets those that are gone.
func (s *FileSource) Poll(context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, err := s.candidates()
	trouble := ""
	if err != nil {
		trouble = refusal(s.path, err)
	}
	var notes []string
	still := make(map[string]judged, len(names))
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		state := fileState{info.Size(), info.ModTime().UnixNano()}
		j, known := s.seen[name]
		if !known || j.fileState != state {
			j = s.take(name)
			j.fileState = state
		}
		still[name] = j
		switch j.verdict {
		case fileRefused:
			trouble = j.why
		case fileOlder:
			notes = append(notes, j.why)
		case fileShown:
			trouble = "" // what was refused before it would not be newer
		}
	}
	s.seen = still
	s.trouble.Store(&trouble)
	s.notes.Store(&notes)
}

// candidates are the files to look at, the oldest first, so that the newest is
// what remains.
func (s *FileSource) candidates() (out []string, err error) {
	if s.now.Load() == nil && s.keep != "" {
		out = append(out, s.keep)
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return out, fault.Invalidf("文件或目录打不开。")
	}
	if !info.IsDir() {
		return append(out, s.path), nil
	}
	entries, err := os.ReadDir(s.path)
	if err != nil {
		return out, fault.Invalidf("目录读不出来。")
	}
	type dated struct {
		name string
		at   int64
	}
	var files []dated
	for _, e := range entries {
		// What is still being copied has another name until it is whole.
		if i, err := e.Info(); err == nil && i.Mode().IsRegular() && strings.HasSuffix(e.Name(), ".release") {
			files = append(files, dated{filepath.Join(s.path, e.Name()), i.ModTime().UnixNano()})
		}
	}
	slices.SortFunc(files, func(a, b dated) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.name, b.name)) })
	for _, f := range files {
		out = append(out, f.name)
	}
	return out, nil
}

// take reads a file and shows it, if it may be.
func (s *FileSource) take(name string) judged {
	f, err := os.Open(name)
	if err != nil {
		return s.refuse(name, fault.Invalidf("文件打不开。"))
	}
	defer f.Close()
	file, _, err := proof.ReadRelease(f, proof.Trust{Keys: s.keys})
	newer := true
	if old := s.now.Load(); err == nil && old != nil {
		newer, err = continues(old.f, file)
	}
	if err != nil {
		return s.refuse(name, err)
	}
	if !newer {
		return s.passOver(name, file)
	}
	v, err := newFileView(file)
	if err != nil {
		return s.refuse(name, err)
	}
	// The forms come first: a guide never names one that is not there yet.
	if err := s.takeFiles(f, file); err != nil {
		return s.refuse(name, err)
	}
	s.now.Store(v)
	s.log.Info("release file taken", "file", filepath.Base(name), "log", file.Head.Size)
	if s.keep != "" && name != s.keep {
		if err := copyFile(name, s.keep); err != nil {
			s.log.Warn("last good release file not kept", "err", err)
		}
	}
	return judged{verdict: fileShown}
}

// passOver leaves a file alone that is right and tells nothing new.
func (s *FileSource) passOver(name string, file *publication.ReleaseFile) judged {
	now := s.now.Load().f
	if file.Head.Size == now.Head.Size && file.MadeAt.Equal(now.MadeAt) {
		return judged{verdict: fileShown} // the same once more
	}
	why := fmt.Sprintf("公布文件“%s”比正在使用的旧（%s导出，正在使用的是%s导出的），没有采用，可以删除。", filepath.Base(name), moment(file.MadeAt), moment(now.MadeAt))
	s.log.Info("older release file left alone", "file", filepath.Base(name), "log", file.Head.Size)
	return judged{verdict: fileOlder, why: why}
}

func moment(t time.Time) string { return t.In(calendar.Beijing).Format("2006年1月2日15:04:05") }

// takeFiles stores the forms and samples of a file that has been found right.
func (s *FileSource) takeFiles(r io.ReadSeeker, file *publication.ReleaseFile) error {
	missing := map[string]bool{}
	for _, f := range file.Files {
		if s.blobs == nil {
			return nil
		}
		have, err := s.blobs.Open(f.Hash)
		if missing[f.Hash] = err != nil; err == nil {
			_ = have.Close() // it was only looked for
		}
	}
	if !slices.Contains(slices.Collect(maps.Values(missing)), true) {
		return nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return proof.ExtractFiles(r, func(hash string, content []byte) error {
		if !missing[hash] {
			return nil
		}
		ref, err := s.blobs.Put(context.Background(), bytes.NewReader(content), catalog.MaxFile)
		if err == nil && ref.Hash != hash {
			err = fault.Conflictf("文件在核对以后又有改动。")
		}
		return err
	})
}

// continues refuses a file that has another past than the one shown, and says
// whether it is newer: a longer log, or the same log that was written out later,
// with newer answers to readers.
func continues(old, file *publication.ReleaseFile) (newer bool, err error) {
	if file.Origin != old.Origin {
		return false, fault.Conflictf("这是另一份日志的公布文件（%s，正在使用的是 %s）。", file.Origin, old.Origin)
	}
	for i := range min(len(old.Leaves), len(file.Leaves)) {
		if !bytes.Equal(old.Leaves[i], file.Leaves[i]) {
			return false, fault.Conflictf("与正在使用的内容不衔接：公布日志第 %d 条不同。", i+1)
		}
	}
	return cmp.Or(cmp.Compare(file.Head.Size, old.Head.Size), file.MadeAt.Compare(old.MadeAt)) > 0, nil
}

func refusal(name string, err error) string {
	return "公布文件“" + filepath.Base(name) + "”没有采用：" + fault.Text(err)
}

func (s *FileSource) refuse(name string, err error) judged {
	s.log.Warn("release file refused", "file", filepath.Base(name), "err", err)
	return judged{verdict: fileRefused, why: refusal(name, err)}
}

func copyFile(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	dst, err := os.OpenFile(to+".part", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if closed := dst.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(to+".part", to)
}
