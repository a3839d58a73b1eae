package proof

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// ReturnFormat names the format of a file that the public side hands back: who
// sends it, then a line an entry, and the sender's signature.
const ReturnFormat = "onevisit/return-file@1"

type returnLine struct {
	Return returnHead `json:"return"`
}

type returnHead struct {
	Origin  string          `json:"origin"`
	MadeAt  time.Time       `json:"made_at"`
	Release int64           `json:"release"`
	Sender  publication.Key `json:"sender"`
	Answer  []byte          `json:"answer_key,omitempty"`
}

type entryLine struct {
	Entry publication.ReturnEntry `json:"entry"`
}

// WriteReturn writes a file that goes back, signed by its sender.
func WriteReturn(w io.Writer, f *publication.ReturnFile, signer publication.Signer) error {
	s := newWriter(w, ReturnFormat)
	s.line(returnLine{returnHead{f.Origin, f.MadeAt.UTC(), f.Release, f.Sender, f.AnswerKey}})
	for _, e := range f.Entries {
		s.line(entryLine{e})
	}
	return s.seal(signer, []publication.Key{f.Sender}, f.MadeAt)
}

// ReadReturn reads a file that comes back and checks that it is whole and signed
// by the sender that it names. Whether that sender is known is for the caller.
func ReadReturn(r io.Reader) (*publication.ReturnFile, error) {
	s, err := newReader(r, ReturnFormat)
	if err != nil {
		return nil, err
	}
	b, err := s.next()
	if err != nil {
		return nil, err
	}
	var head returnLine
	if b == nil || json.Unmarshal(b, &head) != nil || head.Return.Origin == "" || !head.Return.Sender.County() {
		return nil, s.bad("应为外网门户的名称和公钥。")
	}
	f := &publication.ReturnFile{Origin: head.Return.Origin, MadeAt: head.Return.MadeAt, Release: head.Return.Release, Sender: head.Return.Sender, AnswerKey: head.Return.Answer}
	for {
		if b, err = s.next(); err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		var l entryLine
		if json.Unmarshal(b, &l) != nil || l.Entry.ID == "" || len(l.Entry.ID) > 64 {
			return nil, s.bad("不是规定的格式。")
		}
		if again, err := encodeLine(l); err != nil || !bytes.Equal(again, b) {
			return nil, s.bad("不是规定的写法，可能有人改动过。")
		}
		f.Entries = append(f.Entries, l.Entry)
	}
	if _, err := s.confirm([]publication.Key{f.Sender}, -1); err != nil {
		return nil, fault.Wrap(fault.Conflict, err, "回传文件的签名不对：%s", fault.Text(err))
	}
	return f, nil
}

// IsReturn reports whether a file begins like one that comes back.
func IsReturn(head []byte) bool {
	return bytes.HasPrefix(head, []byte(`{"format":"`+ReturnFormat+`"`))
}
