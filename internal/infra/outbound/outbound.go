// Package outbound sends what leaves the program for people: messages to mobile
// telephones, packages for other sites. A message is sent by a job after the
// transaction that wanted it; nothing here is logged, because numbers are personal
// data. It also reads public web pages (Web).
package outbound

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"

	"onevisit/internal/domain/code"
	"onevisit/internal/domain/fault"
)

// Message is a short text to one telephone number.
type Message struct {
	// ID is the same however often a message is tried, so that a gateway can
	// drop the second.
	ID   string
	To   code.Phone
	Text string
}

// Sender sends a message, or fails with an Unavailable fault; then it is tried
// again later.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Outbox puts messages into a directory, a file each, for a county without a
// gateway or with one that fetches them. Only the owner may read the files.
type Outbox struct{ dir string }

// NewOutbox uses a directory, which is made when it is needed.
func NewOutbox(dir string) *Outbox { return &Outbox{dir} }

var idForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)

// Send writes ID.json; the same message again replaces it.
func (o *Outbox) Send(ctx context.Context, m Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !idForm.MatchString(m.ID) {
		return fault.New(fault.Internal, "message ID %q", m.ID)
	}
	b, err := json.Marshal(struct {
		ID   string `json:"id"`
		To   string `json:"to"`
		Text string `json:"text"`
	}{m.ID, m.To.Reveal(), m.Text})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return unavailable(err)
	}
	name := filepath.Join(o.dir, m.ID+".json")
	if err := os.WriteFile(name+".part", append(b, '\n'), 0o600); err != nil {
		return unavailable(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		return unavailable(err)
	}
	return nil
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "待发信息不能写入发件目录，请联系系统管理员检查磁盘空间和权限。")
}
