package returns

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/publication"
)

// Openings of guides are added up for a day before they are sealed: a line a
// minute for half a year would be more than anybody carries. The sums of the day
// that is not over stand in a file of their own; they say nothing of anybody.

const useFile = "use.json"

// mostUsed is how many guides of a day are handed back, the most opened.
const mostUsed = 5000

// runningUse is the day that is not over. ID will be that of its entry: a crash
// between sealing and forgetting gives the same entry again, which counts once.
type runningUse struct {
	ID    string                         `json:"id"`
	Day   calendar.Date                  `json:"day"`
	Items map[string]publication.ItemUse `json:"items"`
}

// AddUse adds openings of guides to those of a day. What an earlier day left is
// sealed for the holder of the X25519 key, and what is too old is forgotten.
func (b *Box) AddUse(public []byte, day calendar.Date, use map[string]publication.ItemUse) error {
	b.useMu.Lock()
	defer b.useMu.Unlock()
	if b.use == nil {
		r, err := b.readUse()
		if err != nil {
			return err
		}
		b.use = &r
	}
	if b.use.Day != day && len(b.use.Items) > 0 {
		if err := b.sealUse(public); err != nil {
			return err
		}
	}
	if len(use) == 0 {
		return nil
	}
	if b.use.ID == "" || b.use.Day != day {
		*b.use = runningUse{ID: NewID(), Day: day, Items: map[string]publication.ItemUse{}}
	}
	for id, u := range use {
		b.use.Items[id] = b.use.Items[id].Add(u)
	}
	text, err := json.Marshal(b.use)
	if err != nil {
		return err
	}
	name := filepath.Join(b.dir, useFile)
	if err := os.WriteFile(name+".part", text, 0o600); err != nil {
		return unavailable(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return unavailable(err)
	}
	return nil
}

// readUse reads the sums of the day that was not over; sums that a crash left
// unreadable are lost, they are only figures.
func (b *Box) readUse() (r runningUse, err error) {
	text, err := os.ReadFile(filepath.Join(b.dir, useFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, unavailable(err)
	}
	if err != nil || json.Unmarshal(text, &r) != nil || r.ID == "" {
		return runningUse{}, nil
	}
	return r, nil
}

func (b *Box) sealUse(public []byte) error {
	ids := make([]string, 0, len(b.use.Items))
	for id := range b.use.Items {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(x, y string) int {
		return cmp.Or(cmp.Compare(b.use.Items[y].Views, b.use.Items[x].Views), cmp.Compare(x, y))
	})
	day := publication.ReturnedUse{Day: b.use.Day, Items: map[string]publication.ItemUse{}}
	for _, id := range ids[:min(len(ids), mostUsed)] {
		day.Items[id] = b.use.Items[id]
	}
	sealed, err := Seal(public, publication.ReturnUse, day)
	if err != nil {
		return err
	}
	if err := b.Add(publication.ReturnEntry{ID: b.use.ID, Kind: publication.ReturnUse, Sealed: sealed}); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(b.dir, useFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	*b.use = runningUse{}
	return b.forget()
}

// forget leaves out what is too old.
func (b *Box) forget() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.entries)
	b.entries = slices.DeleteFunc(b.entries, func(e publication.ReturnEntry) bool { return b.now().Sub(e.At) >= keepFor })
	if len(b.entries) == n {
		return nil
	}
	return b.rewrite()
}
