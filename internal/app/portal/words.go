package portal

import (
	"context"
	"slices"
	"strings"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/search"
	"onevisit/internal/infra/store"
)

// maxMisses bounds the texts that are counted between two writings.
const maxMisses = 500

// CountMiss counts a search in vain, if anything of it may be kept: of a person's
// name, numbers and addresses nothing is.
func (s *Service) CountMiss(text string) {
	text = s.snap.Load().ix.Impersonal(text)
	if text == "" {
		return
	}
	s.missMu.Lock()
	defer s.missMu.Unlock()
	if s.misses == nil {
		s.misses = map[string]int{}
	}
	if _, known := s.misses[text]; known || len(s.misses) < maxMisses {
		s.misses[text]++
	}
}

// FlushMisses writes down what was searched for in vain.
func (s *Service) FlushMisses(ctx context.Context) error {
	if s.Away() {
		return nil // they wait
	}
	s.missMu.Lock()
	counts := s.misses
	s.misses = nil
	s.missMu.Unlock()
	switch {
	case len(counts) == 0:
		return nil
	case s.db == nil:
		return s.missesBack(counts)
	}
	return s.db.Update(ctx, func(tx *store.Tx) error {
		return tx.AddSearchMisses(calendar.DateOf(tx.Now()), counts)
	})
}

// refreshWords follows the county's own words; it reports whether they changed.
func (s *Service) refreshWords(ctx context.Context) (bool, error) {
	if s.db == nil {
		return false, nil
	}
	var own []store.SearchWord
	version := ""
	err := ask(ctx, s.db, func(tx *store.Tx) (err error) {
		if version, err = tx.SearchWordsVersion(); err != nil || version == s.wordsVersion {
			return err
		}
		own, err = tx.SearchWords()
		return err
	})
	if err != nil || version == s.wordsVersion {
		return false, err
	}
	var pairs []search.WordPair
	for _, w := range own {
		pairs = append(pairs, search.WordPair{Word: w.Word, Official: w.Official, Source: w.Source})
	}
	s.words, s.wordsVersion = search.NewWords(pairs), version
	s.wordPairs.Store(&pairs)
	return true, nil
}

// SaidFor returns a lookup of what people say for the official words in a name, the
// county's own first: for searches that run without this service. A word counts for
// its likeliest meaning alone.
func (s *Service) SaidFor() func(name string) []string {
	pairs := search.ShippedPairs()
	if own := s.wordPairs.Load(); own != nil {
		pairs = append(slices.Clone(*own), pairs...)
	}
	return func(name string) (out []string) {
		for _, p := range pairs {
			if len(p.Official) > 0 && strings.Contains(name, p.Official[0]) && !strings.Contains(name, p.Word) && !slices.Contains(out, p.Word) {
				out = append(out, p.Word)
			}
		}
		return out
	}
}

// Words is what the reform office sees of the search's words.
type Words struct {
	Own     []store.SearchWord
	Shipped int                // words of the program's own table
	Found   []search.WordPair  // of them those that were asked for
	Misses  []store.SearchMiss // what people searched for in vain
}

// shown bounds the lists of the page.
const shown = 100

// Words returns the county's words, those of the program that have the text in
// them, and what is searched for in vain.
func (s *Service) Words(ctx context.Context, a org.Actor, text string) (*Words, error) {
	if err := org.Can(a, org.ManageWords, ""); err != nil {
		return nil, err
	}
	w := &Words{Shipped: len(search.ShippedPairs())}
	if text = strings.TrimSpace(text); text != "" {
		for _, p := range search.ShippedPairs() {
			if len(w.Found) < shown && (strings.Contains(p.Word, text) || strings.Contains(strings.Join(p.Official, "|"), text)) {
				w.Found = append(w.Found, p)
			}
		}
	}
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if w.Own, err = tx.SearchWords(); err != nil {
			return err
		}
		w.Misses, err = tx.SearchMisses(shown)
		return err
	})
	return w, err
}

// Bounds of a word and of what stands for it, in characters.
const (
	maxWord     = 12
	maxOfficial = 200
)

// PutWord adds a word of the county's own, or changes it; the searches of all
// nodes know it within seconds.
func (s *Service) PutWord(ctx context.Context, a org.Actor, word, official, source string) error {
	if err := org.Can(a, org.ManageWords, ""); err != nil {
		return err
	}
	word, source = strings.TrimSpace(word), strings.TrimSpace(source)
	w := store.SearchWord{Word: word, Source: source, ByName: a.Name}
	for _, o := range strings.FieldsFunc(official, func(r rune) bool { return strings.ContainsRune("|｜、，,；;\n", r) }) {
		if o = strings.TrimSpace(o); o != "" {
			w.Official = append(w.Official, o)
		}
	}
	e := fault.Invalidf("用语没有保存。")
	switch n := len([]rune(word)); {
	case n == 0:
		e = e.At("word", "请填写群众的说法")
	case n > maxWord:
		e = e.At("word", "太长：应是一个词，不超过 12 个字")
	}
	switch n := len([]rune(official)); {
	case len(w.Official) == 0:
		e = e.At("official", "请填写事项名称中的说法，多个用顿号分开")
	case n > maxOfficial:
		e = e.At("official", "太长：不超过 200 个字")
	}
	if source == "" {
		e = e.At("source", "请写明出处，例如“本地说法”或者文件名称")
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.PutSearchWord(w); err != nil {
			return err
		}
		return tx.Record(a, "维护搜索用语", "用语", word, word+" → "+strings.Join(w.Official, "、"))
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}

// DropWord removes a word of the county's own.
func (s *Service) DropWord(ctx context.Context, a org.Actor, word string) error {
	if err := org.Can(a, org.ManageWords, ""); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteSearchWord(word); err != nil {
			return err
		}
		return tx.Record(a, "删除搜索用语", "用语", word, word)
	})
	if err != nil {
		return err
	}
	return s.Refresh(ctx)
}
