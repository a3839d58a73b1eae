package sign

import (
	"sync"
	"time"

	"onevisit/internal/domain/fault"
)

// Wrong passphrases for a key: after maxTries within tryWindow nobody is heard
// for the rest of it.
const (
	maxTries  = 5
	tryWindow = 15 * time.Minute
)

// Tries counts wrong passphrases in this process. Its zero value is ready.
type Tries struct {
	mu    sync.Mutex
	wrong map[string][]time.Time
}

func (t *Tries) recent(id string, now time.Time) int {
	var keep []time.Time
	for _, at := range t.wrong[id] {
		if now.Sub(at) < tryWindow {
			keep = append(keep, at)
		}
	}
	if t.wrong != nil {
		t.wrong[id] = keep
	}
	return len(keep)
}

// Begin refuses a try after too many wrong ones, with a Forbidden.
func (t *Tries) Begin(id string, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.recent(id, now) >= maxTries {
		return fault.Forbiddenf("签名口令连续输错 %d 次，请 15 分钟后再试。忘记口令的，请系统管理员作废这把密钥后新建。", maxTries)
	}
	return nil
}

// Failed counts a wrong one.
func (t *Tries) Failed(id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wrong == nil {
		t.wrong = map[string][]time.Time{}
	}
	t.wrong[id] = append(t.wrong[id], now)
}

// Passed forgets the wrong ones before.
func (t *Tries) Passed(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.wrong, id)
}
