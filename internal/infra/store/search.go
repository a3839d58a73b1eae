package store

import (
	"fmt"
	"strings"
	"time"

	"onevisit/internal/domain/calendar"
)

// SearchWord is a word of the county's own: what people say, and what the lists
// say for it, the likeliest first.
type SearchWord struct {
	Word     string
	Official []string
	Source   string
	ByName   string
	At       time.Time
}

// SearchWords returns the county's own words, in order.
func (tx *Tx) SearchWords() ([]SearchWord, error) {
	return Query(tx, func(s Scanner) (SearchWord, error) {
		var w SearchWord
		var official string
		var at int64
		err := s.Scan(&w.Word, &official, &w.Source, &w.ByName, &at)
		w.Official, w.At = strings.Split(official, "|"), FromMillis(at)
		return w, err
	}, `SELECT word, official, source, by_name, at FROM search_word ORDER BY word`)
}

// SearchWordsVersion changes whenever a word was added, changed or removed.
func (tx *Tx) SearchWordsVersion() (string, error) {
	return One(tx, func(s Scanner) (string, error) {
		var n, last, sum int64
		err := s.Scan(&n, &last, &sum)
		return fmt.Sprint(n, ".", last, ".", sum), err
	}, `SELECT count(*), coalesce(max(at), 0), coalesce(sum(at % 1000003), 0) FROM search_word`)
}

// PutSearchWord adds a word or takes the place of the former line for it.
func (tx *Tx) PutSearchWord(w SearchWord) error {
	_, err := tx.Exec(`INSERT INTO search_word (word, official, source, by_name, at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (word) DO UPDATE SET official=excluded.official, source=excluded.source, by_name=excluded.by_name, at=excluded.at`,
		w.Word, strings.Join(w.Official, "|"), w.Source, w.ByName, Millis(tx.Now()))
	return err
}

// DeleteSearchWord removes a word of the county's own; Conflict if somebody else
// has removed it already.
func (tx *Tx) DeleteSearchWord(word string) error {
	return tx.ExecOne(`DELETE FROM search_word WHERE word=$1`, word)
}

// SearchMiss is what was searched for in vain, how often and when last.
type SearchMiss struct {
	Text string
	N    int
	Last calendar.Date
}

// Bounds of what is kept of searches in vain.
const (
	missesADay = 2000
	missDays   = 90
)

// AddSearchMisses counts searches in vain of a day, by text; beyond 2,000 texts
// a day new ones are not kept, and after 90 days none are.
func (tx *Tx) AddSearchMisses(day calendar.Date, counts map[string]int) error {
	if _, err := tx.Exec(`DELETE FROM search_miss WHERE day<$1`, day.AddDays(-missDays).String()); err != nil {
		return err
	}
	n, err := One(tx, scanInt, `SELECT count(*) FROM search_miss WHERE day=$1`, day.String())
	if err != nil {
		return err
	}
	for text, k := range counts {
		if n >= missesADay {
			if _, err := tx.Exec(`UPDATE search_miss SET n=n+$3 WHERE day=$1 AND text=$2`, day.String(), text, k); err != nil {
				return err
			}
			continue
		}
		if _, err := tx.Exec(`INSERT INTO search_miss (day, text, n) VALUES ($1,$2,$3) ON CONFLICT (day, text) DO UPDATE SET n=search_miss.n+excluded.n`, day.String(), text, k); err != nil {
			return err
		}
		n++
	}
	return nil
}

// SearchMisses returns what is searched for in vain most often, at most limit;
// what was asked only once stays unseen.
func (tx *Tx) SearchMisses(limit int) ([]SearchMiss, error) {
	return Query(tx, func(s Scanner) (SearchMiss, error) {
		var m SearchMiss
		var last string
		if err := s.Scan(&m.Text, &m.N, &last); err != nil {
			return m, err
		}
		return m, parseDate(last, &m.Last)
	}, `SELECT text, sum(n), max(day) FROM search_miss GROUP BY text HAVING sum(n)>1 ORDER BY sum(n) DESC, max(day) DESC, text LIMIT $1`, limit)
}
