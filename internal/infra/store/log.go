package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// logEntry is a leaf on its way into the log.
type logEntry struct {
	kind    publication.LeafKind
	release int64
	ref     string
	text    []byte
}

// logHashes reads stored hashes of the tree, those that the transaction is about
// to write first.
type logHashes struct {
	tx    *Tx
	known map[int64]tlog.Hash
}

// ReadHashes implements tlog.HashReader.
func (l *logHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []any
	for _, x := range indexes {
		if _, ok := l.known[x]; !ok {
			missing = append(missing, x)
		}
	}
	type row struct {
		idx  int64
		hash tlog.Hash
	}
	for len(missing) > 0 {
		n := min(len(missing), 200)
		rows, err := Query(l.tx, func(s Scanner) (row, error) {
			var r row
			var text string
			if err := s.Scan(&r.idx, &text); err != nil {
				return r, err
			}
			b, err := hex.DecodeString(text)
			if err != nil || len(b) != tlog.HashSize {
				return r, fault.Conflictf("公布日志的第 %d 个散列值已损坏。", r.idx)
			}
			copy(r.hash[:], b)
			return r, nil
		}, `SELECT idx, hash FROM log_hash WHERE idx IN (`+strings.Trim(marks(1, n), "()")+`)`, missing[:n]...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			l.known[r.idx] = r.hash
		}
		missing = missing[n:]
	}
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		h, ok := l.known[x]
		if !ok {
			return nil, fault.Conflictf("公布日志缺少第 %d 个散列值。", x)
		}
		out[i] = h
	}
	return out, nil
}

// LogHashes reads the hashes of the log's tree, for proofs.
func (tx *Tx) LogHashes() tlog.HashReader { return &logHashes{tx, map[int64]tlog.Hash{}} }

// appendLog appends leaves and a head that is signed with the county's keys that
// hold. It returns the index of the first. Writers wait for each other at the
// tree's row.
func (tx *Tx) appendLog(entries []logEntry) (int64, error) {
	if len(entries) == 0 {
		return 0, nil
	}
	size, err := One(tx, scanInt, `UPDATE log_tree SET size=size+$1 WHERE id=1 RETURNING size`, len(entries))
	if err != nil {
		return 0, err
	}
	first := size - int64(len(entries))
	r := &logHashes{tx, map[int64]tlog.Hash{}}
	var leaves, hashes [][]any
	for i, e := range entries {
		idx := first + int64(i)
		stored, err := tlog.StoredHashes(idx, e.text, r)
		if err != nil {
			return 0, err
		}
		at := tlog.StoredHashIndex(0, idx)
		for j, h := range stored {
			r.known[at+int64(j)] = h
			hashes = append(hashes, []any{at + int64(j), hex.EncodeToString(h[:])})
		}
		leaves = append(leaves, []any{idx, string(e.kind), e.release, e.ref, string(e.text)})
	}
	if err := tx.insertRows(`INSERT INTO log_leaf (idx, kind, release_seq, ref, text) VALUES `, leaves); err != nil {
		return 0, err
	}
	if err := tx.insertRows(`INSERT INTO log_hash (idx, hash) VALUES `, hashes); err != nil {
		return 0, err
	}
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		return 0, err
	}
	origin, err := tx.LogOrigin()
	if err != nil {
		return 0, err
	}
	return first, tx.insertHead(publication.Head{Origin: origin, Size: size, Root: root, At: tx.Now().Truncate(time.Second)})
}

// LogOrigin names the log: as its first head does, whatever is said of the county
// later.
func (tx *Tx) LogOrigin() (string, error) {
	h, err := tx.LogHead()
	if fault.Is(err, fault.NotFound) {
		c, err := tx.County()
		return publication.LogOrigin(c.Division, tx.db.cfg.Demo), err
	}
	return h.Origin, err
}

// insertHead signs a head and stores it.
func (tx *Tx) insertHead(h publication.Head) error {
	signed := &publication.SignedHead{Head: h, Note: h.Text()}
	if c := tx.db.cfg.Heads; c != nil {
		keys, err := tx.SigningKeys()
		if err != nil {
			return err
		}
		if signed, err = c.SignHead(h, publication.CountyKeys(keys, tx.Now())); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`INSERT INTO log_head (size, origin, root, at, note, keys) VALUES ($1,$2,$3,$4,$5,$6)`,
		h.Size, h.Origin, hex.EncodeToString(h.Root[:]), Millis(h.At), signed.Note, strings.Join(signed.Keys, " "))
	return err
}

// insertRows inserts rows of one width, some hundred a statement.
func (tx *Tx) insertRows(insert string, rows [][]any) error {
	for len(rows) > 0 {
		n := min(len(rows), 1000/len(rows[0]))
		args := make([]any, 0, n*len(rows[0]))
		for _, r := range rows[:n] {
			args = append(args, r...)
		}
		if _, err := tx.Exec(insert+marks(n, len(rows[0])), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func releaseEntries(r *publication.Release) []logEntry {
	var out []logEntry
	for _, text := range publication.LeavesOf(r) {
		e := logEntry{publication.LeafItem, r.Seq, "", text}
		if len(out) == 0 {
			e.kind, e.ref = publication.LeafRelease, r.Number
		} else {
			e.ref = r.Items[len(out)-1].ItemID // Freeze has put them in their order
		}
		out = append(out, e)
	}
	return out
}

// UnloggedReleases counts the releases that LogReleases would append.
func (tx *Tx) UnloggedReleases() (int, error) {
	n, err := One(tx, scanInt, `SELECT count(*) FROM release_log WHERE seq > (SELECT coalesce(max(release_seq), 0) FROM log_leaf WHERE kind=$1)`, string(publication.LeafRelease))
	return int(n), err
}

// LogReleases appends the releases that are not in the log: those made before
// there was a log. It returns how many there were.
func (tx *Tx) LogReleases() (int, error) {
	missing, err := Query(tx, scanRelease, `SELECT `+releaseColumns+` FROM release_log
		WHERE seq > (SELECT coalesce(max(release_seq), 0) FROM log_leaf WHERE kind=$1) ORDER BY seq`, string(publication.LeafRelease))
	if err != nil {
		return 0, err
	}
	for i := range missing {
		if err := tx.releaseContent(&missing[i]); err != nil {
			return 0, err
		}
		if _, err := tx.appendLog(releaseEntries(&missing[i])); err != nil {
			return 0, err
		}
	}
	return len(missing), nil
}

// releaseContent reads the items of a release, without documents, in their order.
func (tx *Tx) releaseContent(r *publication.Release) error {
	items, err := tx.ReleaseItems(r.Seq, false)
	for i := range items {
		r.Items = append(r.Items, items[i].ReleaseItem)
	}
	publication.SortItems(r.Items)
	return err
}

func scanHead(s Scanner) (publication.SignedHead, error) {
	var h publication.SignedHead
	var root, keys string
	var at int64
	if err := s.Scan(&h.Size, &h.Origin, &root, &at, &h.Note, &keys); err != nil {
		return h, err
	}
	h.At, h.Keys = FromMillis(at), strings.Fields(keys)
	b, err := hex.DecodeString(root)
	if err != nil || len(b) != len(h.Root) {
		return h, fault.Conflictf("%d 条时的日志头已损坏。", h.Size)
	}
	copy(h.Root[:], b)
	return h, nil
}

const headColumns = `size, origin, root, at, note, keys`

// LogHead returns the newest head of the log, or NotFound while it is empty.
func (tx *Tx) LogHead() (publication.SignedHead, error) {
	return One(tx, scanHead, `SELECT `+headColumns+` FROM log_head ORDER BY size DESC LIMIT 1`)
}

// LogHeadAt returns the head of just that size, or NotFound.
func (tx *Tx) LogHeadAt(size int64) (publication.SignedHead, error) {
	return One(tx, scanHead, `SELECT `+headColumns+` FROM log_head WHERE size=$1`, size)
}

// LogHeads returns a page of the heads, newest first; before is the size of the
// last of the page before, 0 for the first page.
func (tx *Tx) LogHeads(before int64, limit int) ([]publication.SignedHead, error) {
	return Query(tx, scanHead, `SELECT `+headColumns+` FROM log_head WHERE $1=0 OR size<$1 ORDER BY size DESC LIMIT $2`, before, limit)
}

func scanLeaf(s Scanner) (publication.LoggedLeaf, error) {
	var l publication.LoggedLeaf
	var text string
	err := s.Scan(&l.Index, &l.Kind, &text)
	l.Text = []byte(text)
	return l, err
}

// LogLeaves returns leaves from an index on, in order.
func (tx *Tx) LogLeaves(from int64, limit int) ([]publication.LoggedLeaf, error) {
	return Query(tx, scanLeaf, `SELECT idx, kind, text FROM log_leaf WHERE idx>=$1 ORDER BY idx LIMIT $2`, from, limit)
}

// FindLeaf returns the leaf of a thing: a release by its number, an item by its
// ID and the release, a key and a revocation by the key's ID, a commitment by the
// submission's number. The release is 0 except for an item; NotFound if it is not
// in the log.
func (tx *Tx) FindLeaf(kind publication.LeafKind, ref string, release int64) (publication.LoggedLeaf, error) {
	return One(tx, scanLeaf, `SELECT idx, kind, text FROM log_leaf WHERE kind=$1 AND ref=$2 AND ($3=0 OR release_seq=$3)`, string(kind), ref, release)
}

// ReleaseFile gathers everything that is published, for the other side of a
// separated network.
func (tx *Tx) ReleaseFile(place string, demo bool) (*publication.ReleaseFile, error) {
	f := &publication.ReleaseFile{Place: place, Demo: demo, MadeAt: tx.Now().Truncate(time.Millisecond)}
	var err error
	if f.Head, err = tx.LogHead(); err != nil {
		return nil, err
	}
	f.Origin = f.Head.Origin
	if f.Units, err = tx.Units(); err != nil {
		return nil, err
	}
	if f.Keys, err = tx.SigningKeys(); err != nil {
		return nil, err
	}
	if f.Commitments, err = tx.Commitments(""); err != nil {
		return nil, err
	}
	slices.SortFunc(f.Commitments, func(a, b publication.SignedCommitment) int { return cmp.Compare(a.Index, b.Index) })
	for from := int64(0); ; {
		page, err := tx.LogLeaves(from, 1000)
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			f.Leaves = append(f.Leaves, l.Text)
		}
		if len(page) < 1000 {
			break
		}
		from = page[len(page)-1].Index + 1
	}
	releases, err := tx.Releases()
	if err != nil {
		return nil, err
	}
	for i := len(releases) - 1; i >= 0; i-- {
		r := releases[i]
		items, err := tx.ReleaseItems(r.Seq, true)
		if err != nil {
			return nil, err
		}
		publication.SortPublished(items)
		f.Releases, f.Items = append(f.Releases, r), append(f.Items, items...)
	}
	return f, nil
}

// LogSound is what VerifyLog found.
type LogSound struct {
	Leaves, Heads int
	// Unlogged releases were made before the log and wait to be taken in.
	Unlogged int
	Head     publication.SignedHead
}

// OpenHead checks the signatures of a signed head and returns the IDs of the keys,
// in their order.
type OpenHead func(note string, keys []publication.Key) (signed []string, err error)

// VerifyLog reads the whole log and holds it against the tree, the heads, and
// the rows that it records: whoever changed, added or removed any of them is
// found, and what it was is named. head checks the signatures of a head and says
// whose they are; nil leaves them.
func (db *DB) VerifyLog(ctx context.Context, head OpenHead) (out LogSound, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		out, err = tx.VerifyLog(head)
		return err
	})
	return out, err
}

// VerifyLog is DB.VerifyLog within a transaction.
func (tx *Tx) VerifyLog(head OpenHead) (out LogSound, err error) {
	var check publication.LogCheck
	stored := &logHashes{tx, map[int64]tlog.Hash{}}
	fresh := &logHashes{tx, map[int64]tlog.Hash{}}
	want := map[string]string{} // leaves of the newest release by item, "" for its own
	logged := int64(0)
	commitments, err := tx.loggedCommitments()
	if err != nil {
		return out, err
	}
	for from := int64(0); ; {
		page, err := tx.LogLeaves(from, 1000)
		if err != nil {
			return out, err
		}
		if err := tx.compareFinders(from, page); err != nil {
			return out, err
		}
		for _, l := range page {
			if l.Index != check.Size() {
				return out, fault.Conflictf("公布日志缺少第 %d 条。", check.Size())
			}
			leaf, err := check.Next(l.Text)
			if err != nil {
				return out, err
			}
			if err := compareHashes(l, stored, fresh); err != nil {
				return out, err
			}
			if leaf.Release != nil {
				if want, err = tx.wantLeaves(leaf.Release); err != nil {
					return out, err
				}
				logged = leaf.Release.Seq
			}
			if leaf.Commitment != nil {
				n := leaf.Commitment.Number
				c, ok := commitments[n]
				same := ok && c.Index == l.Index && bytes.Equal(publication.LeafOfCommitment(&c), l.Text)
				if same { // the leaf names the unit of the key, which may sign for another in its charge
					st, err := publication.ParseStatement(c.Text)
					same = err == nil && st.UnitID == c.UnitID
				}
				if !same {
					return out, fault.Conflictf("报送 %s 的公开承诺书与公布日志不一致，签名以后有人改动过数据库。", n)
				}
				delete(commitments, n)
			}
			if leaf.Release != nil || leaf.Item != nil {
				ref := ""
				if leaf.Item != nil {
					ref = leaf.Item.Item
				}
				if want[ref] != string(l.Text) {
					return out, differing(leaf, l.Text, []byte(want[ref]))
				}
			}
		}
		if len(page) < 1000 {
			break
		}
		from = page[len(page)-1].Index + 1
	}
	if err := check.End(); err != nil {
		return out, err
	}
	size, err := One(tx, scanInt, `SELECT size FROM log_tree WHERE id=1`)
	if err != nil {
		return out, err
	}
	if size != check.Size() {
		return out, fault.Conflictf("公布日志末尾缺失：应有 %d 条，实有 %d 条。", size, check.Size())
	}
	out.Leaves = int(size)
	unlogged, err := One(tx, scanInt, `SELECT count(*) FROM release_log WHERE seq>$1`, logged)
	if err != nil {
		return out, err
	}
	out.Unlogged = int(unlogged)
	for n := range commitments {
		return out, fault.Conflictf("报送 %s 的公开承诺书签名没有记入公布日志。", n)
	}
	if err := tx.compareKeys(check.Keys()); err != nil {
		return out, err
	}
	if err := tx.compareSuccession(); err != nil {
		return out, err
	}
	return out, tx.verifyHeads(&out, size, fresh, check.Keys(), head)
}

// loggedCommitments are all signed commitments by the number of their submission,
// also those that are not public yet.
func (tx *Tx) loggedCommitments() (map[string]publication.SignedCommitment, error) {
	list, err := Query(tx, scanCommitment, `SELECT `+commitmentColumns+`, `+keyOf+commitmentFrom)
	if err != nil {
		return nil, err
	}
	n, err := One(tx, scanInt, `SELECT count(*) FROM commitment_signature`)
	if err == nil && int(n) != len(list) {
		err = fault.Conflictf("有公开承诺书的签名所用的密钥不在登记簿中。")
	}
	out := make(map[string]publication.SignedCommitment, len(list))
	for _, c := range list {
		out[c.Number] = c
	}
	return out, err
}

// compareFinders holds what leaves are found by against what they say.
func (tx *Tx) compareFinders(from int64, page []publication.LoggedLeaf) error {
	rows, err := Query(tx, func(s Scanner) (e logEntry, err error) {
		return e, s.Scan(&e.kind, &e.release, &e.ref)
	}, `SELECT kind, release_seq, ref FROM log_leaf WHERE idx>=$1 ORDER BY idx LIMIT $2`, from, len(page))
	if err != nil {
		return err
	}
	for i, r := range rows {
		leaf, err := publication.ParseLeaf(page[i].Text)
		if err != nil {
			return err
		}
		var want logEntry
		switch {
		case leaf.Release != nil:
			want = logEntry{kind: publication.LeafRelease, release: leaf.Release.Seq, ref: leaf.Release.Number}
		case leaf.Item != nil:
			want = logEntry{kind: publication.LeafItem, release: leaf.Item.Release, ref: leaf.Item.Item}
		case leaf.Key != nil:
			want = logEntry{kind: publication.LeafKey, ref: leaf.Key.ID}
		case leaf.Revocation != nil:
			want = logEntry{kind: publication.LeafRevocation, ref: leaf.Revocation.Key}
		case leaf.Commitment != nil:
			want = logEntry{kind: publication.LeafCommitment, ref: leaf.Commitment.Number}
		}
		if r.kind != want.kind || r.release != want.release || r.ref != want.ref {
			return fault.Conflictf("公布日志第 %d 条的索引（%s %s）与它的内容不符，有人改动过数据库。", page[i].Index, r.kind, r.ref)
		}
	}
	return nil
}

// compareHashes computes the hashes that a leaf brings about and holds them
// against the stored ones.
func compareHashes(l publication.LoggedLeaf, stored, fresh *logHashes) error {
	hashes, err := tlog.StoredHashes(l.Index, l.Text, fresh)
	if err != nil {
		return err
	}
	at := tlog.StoredHashIndex(0, l.Index)
	indexes := make([]int64, len(hashes))
	for i, h := range hashes {
		indexes[i] = at + int64(i)
		fresh.known[indexes[i]] = h
	}
	have, err := stored.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i := range have {
		if have[i] != hashes[i] {
			return fault.Conflictf("公布日志第 %d 条与所存的散列值不符：这一条被改动过，或者散列值被改动过。", l.Index)
		}
	}
	return nil
}

// wantLeaves writes the leaves of a release anew from its rows.
func (tx *Tx) wantLeaves(l *publication.ReleaseLeaf) (map[string]string, error) {
	r, err := tx.Release(l.Seq)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.Conflictf("第 %d 次公布（%s）在公布日志中有，在数据库中没有。", l.Seq, l.Number)
	}
	if err != nil {
		return nil, err
	}
	if err := tx.releaseContent(&r); err != nil {
		return nil, err
	}
	if len(r.Items) != l.Items {
		return nil, fault.Conflictf("第 %d 次公布在公布日志中有 %d 个事项，在数据库中有 %d 个。", l.Seq, l.Items, len(r.Items))
	}
	out := map[string]string{}
	for _, e := range releaseEntries(&r) {
		ref := e.ref
		if e.kind == publication.LeafRelease {
			ref = ""
		}
		out[ref] = string(e.text)
	}
	return out, nil
}

// compareSuccession finds versions of items that are not replaced by just the
// next one.
func (tx *Tx) compareSuccession() error {
	type row struct {
		name      string
		seq, want int64
	}
	rows, err := Query(tx, func(s Scanner) (row, error) {
		var r row
		err := s.Scan(&r.name, &r.seq, &r.want)
		return r, err
	}, `SELECT name, release_seq, next FROM (SELECT name, release_seq, replaced_by,
			coalesce((SELECT min(n.release_seq) FROM release_item n WHERE n.item_id=r.item_id AND n.release_seq>r.release_seq), 0) AS next
		FROM release_item r) AS v WHERE replaced_by<>next ORDER BY release_seq, name LIMIT 1`)
	if err != nil || len(rows) == 0 {
		return err
	}
	if rows[0].want == 0 {
		return fault.Conflictf("第 %d 次公布的事项“%s”没有被替代，数据库中却记为已被替代。", rows[0].seq, rows[0].name)
	}
	return fault.Conflictf("第 %d 次公布的事项“%s”应由第 %d 次公布替代，数据库中不是这样记的。", rows[0].seq, rows[0].name, rows[0].want)
}

// differing names what a row says otherwise than the log.
func differing(l *publication.Leaf, logged, row []byte) error {
	var a, b map[string]json.RawMessage
	_ = json.Unmarshal(logged, &a) // both are JSON objects of ours
	_ = json.Unmarshal(row, &b)
	var fields []string
	for _, k := range sortedKeys(a, b) {
		if string(a[k]) != string(b[k]) {
			fields = append(fields, fmt.Sprintf("%s（日志 %s，数据库 %s）", k, orNone(a[k]), orNone(b[k])))
		}
	}
	what := ""
	if len(row) == 0 {
		return fault.Conflictf("第 %d 次公布的事项“%s”（核验码 %s）在公布日志中有，在数据库中没有。", l.Item.Release, l.Item.Name, l.Item.Verify)
	}
	if l.Item != nil {
		what = fmt.Sprintf("第 %d 次公布的事项“%s”（核验码 %s）", l.Item.Release, l.Item.Name, l.Item.Verify)
	} else {
		what = fmt.Sprintf("第 %d 次公布（%s）", l.Release.Seq, l.Release.Number)
	}
	return fault.Conflictf("%s与公布日志不一致，公布以后有人改动过数据库：%s。", what, strings.Join(fields, "；"))
}

func orNone(b json.RawMessage) string {
	if len(b) == 0 {
		return "无"
	}
	return string(b)
}

// compareKeys holds the register of keys against the log.
func (tx *Tx) compareKeys(logged []publication.Key) error {
	keys, err := tx.SigningKeys()
	if err != nil {
		return err
	}
	byID := map[string]publication.Key{}
	for _, k := range keys {
		byID[k.ID] = k
	}
	for _, k := range logged {
		have, ok := byID[k.ID]
		if !ok {
			return fault.Conflictf("密钥 %s 在公布日志中有，在登记簿中没有。", k.ID)
		}
		a, _ := json.Marshal(k) // keys that were read can be written
		b, _ := json.Marshal(have)
		if string(a) != string(b) {
			return fault.Conflictf("密钥 %s 的登记与公布日志不一致，登记以后有人改动过数据库。", k.ID)
		}
		delete(byID, k.ID)
	}
	n, err := One(tx, scanInt, `SELECT count(*) FROM signing_key WHERE revoked_kind='' AND (revoked_reason<>'' OR revoked_at<>0 OR revoked_index<>0 OR revoked_by<>'')`)
	if err != nil {
		return err
	}
	if n > 0 {
		return fault.Conflictf("登记簿中有密钥没有作废，却记有作废的理由或时间，有人改动过数据库。")
	}
	for id := range byID {
		return fault.Conflictf("密钥 %s 没有记入公布日志，不是用 onevisit key new 建立的。", id)
	}
	return nil
}

func (tx *Tx) verifyHeads(out *LogSound, size int64, tree tlog.HashReader, keys []publication.Key, check OpenHead) error {
	heads, err := Query(tx, scanHead, `SELECT `+headColumns+` FROM log_head ORDER BY size`)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if h.Size > size {
			return fault.Conflictf("有 %d 条时的日志头，而公布日志只有 %d 条：末尾被删去了。", h.Size, size)
		}
		root, err := tlog.TreeHash(h.Size, tree)
		if err != nil {
			return err
		}
		text, _, _ := strings.Cut(h.Note, "\n\n")
		if root != tlog.Hash(h.Root) || strings.TrimSuffix(h.Text(), "\n") != strings.TrimSuffix(text, "\n") || !h.At.Equal(h.At.Truncate(time.Second)) {
			return fault.Conflictf("%d 条时的日志头与公布日志不符：日志或日志头被改动过。", h.Size)
		}
		if check != nil {
			signed, err := check(h.Note, keys)
			if err != nil {
				return err
			}
			if !slices.Equal(signed, h.Keys) {
				return fault.Conflictf("%d 条时的日志头上签名的密钥与登记的不符，有人改动过数据库。", h.Size)
			}
		}
		out.Head = h
	}
	out.Heads = len(heads)
	if size > 0 && out.Head.Size != size {
		return fault.Conflictf("公布日志有 %d 条，最后一个日志头只到第 %d 条。", size, out.Head.Size)
	}
	return nil
}
