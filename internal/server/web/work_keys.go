package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
	"onevisit/internal/server/web/ui"
)

// keyRoutes lists the pages of signing keys.
func (s *Server) keyRoutes() {
	s.work("GET /work/keys", s.getKeys)
	s.work("POST /work/keys", s.postKeys)
	s.work("GET /work/keys/public.json", s.getPublicKeys)
	s.work("GET /work/keys/{id}", s.getKey)
	s.work("GET /work/keys/{id}/public.pem", s.getPublicKey)
	s.work("POST /work/keys/{id}/passphrase", s.postKeyPassphrase)
	s.work("GET /work/keys/{id}/revoke", s.getKeyRevoke)
	s.work("POST /work/keys/{id}/revoke", s.postKeyRevoke)
}

// keysData is the register of keys.
type keysData struct {
	Keys    []office.KeyState
	Units   []org.Unit
	Manage  bool
	Form    url.Values
	CSRF    string
	Summary string
	Errors  []ui.FieldError
	now     time.Time
}

func (d keysData) ending() (out []office.KeyState) {
	for _, k := range d.Keys {
		if k.Ending {
			out = append(out, k)
		}
	}
	return out
}

// signs reports whether the county has a key with which it can sign now.
func (d keysData) signs() bool {
	for i := range d.Keys {
		if k := &d.Keys[i]; k.County() && k.MaySign(d.now) == nil {
			return true
		}
	}
	return false
}

func (d keysData) owners() []ui.Option {
	pairs := [][2]string{{"", "县政府（公布密钥）"}}
	for _, u := range d.Units {
		pairs = append(pairs, [2]string{u.ID, u.Name})
	}
	return ui.Options([]string{d.Form.Get("unit")}, pairs...)
}

func (d keysData) algorithms() []ui.Option {
	chosen := d.Form.Get("algorithm")
	if chosen == "" {
		chosen = string(publication.SM2)
	}
	return ui.Options([]string{chosen}, [2]string{string(publication.SM2), "SM2（国家密码算法）"}, [2]string{string(publication.Ed25519), "Ed25519（国际通用，各种工具都能核验）"})
}

func (d keysData) days() []ui.Option {
	chosen := d.Form.Get("days")
	if chosen == "" {
		chosen = "1096"
	}
	return ui.Options([]string{chosen}, [2]string{"365", "1 年"}, [2]string{"731", "2 年"}, [2]string{"1096", "3 年"}, [2]string{"1826", "5 年"})
}

func (d keysData) secret(name, label, help string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Type: "password", Auto: "new-password", Width: "medium", Error: ui.ErrorFor(d.Errors, name)}
}

// GET /work/keys
func (s *Server) getKeys(q *request) error { return s.keysPage(q, nil) }

func (s *Server) keysPage(q *request, failed error) error {
	d := keysData{Manage: org.Can(q.actor(), org.ManageKeys, "") == nil, Form: q.PostForm, CSRF: q.in.FormToken, now: s.now()}
	var err error
	if d.Keys, err = s.Office.Keys(q.Context(), q.actor()); err != nil {
		return err
	}
	if d.Units, err = s.Office.Units(q.Context()); err != nil {
		return err
	}
	if failed == nil {
		return q.render(q.page("签名密钥"), keysView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), q.page("签名密钥"), keysView(d))
	return nil
}

// POST /work/keys: a new key.
func (s *Server) postKeys(q *request) error {
	in := office.KeyRequest{UnitID: q.PostFormValue("unit"), Algorithm: publication.Algorithm(q.PostFormValue("algorithm")), Passphrase: q.PostFormValue("passphrase")}
	in.Days, _ = strconv.Atoi(q.PostFormValue("days")) // 0 is refused
	if in.Passphrase != q.PostFormValue("again") {
		return s.keysPage(q, fault.Invalidf("密钥没有建立。").At("again", "两次输入的签名口令不一致"))
	}
	k, err := s.Office.NewKey(q.Context(), q.actor(), in)
	if err != nil {
		return s.keysPage(q, err)
	}
	return q.seeOther("/work/keys/" + k.ID + "?done=key-made")
}

// GET /work/keys/public.json: all public keys, for those who verify off line.
func (s *Server) getPublicKeys(q *request) error {
	if err := org.Can(q.actor(), org.ManageKeys, ""); err != nil {
		return err
	}
	f, err := s.Portal.KeyFile(q.Context())
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return q.keep("公钥.json", "application/json", int64(len(b)), bytes.NewReader(b))
}

// keyData is one key.
type keyData struct {
	*office.KeyRecord
	Manage, Own bool // all that there is to do with it, or its passphrase
	First       bool // page of what it has signed
	CSRF        string
	Summary     string
	Errors      []ui.FieldError
	now         time.Time
}

func (d keyData) field(name, label, help, auto string) ui.FieldView {
	return ui.FieldView{Name: name, Label: label, Help: help, Type: "password", Auto: auto, Width: "medium", Error: ui.ErrorFor(d.Errors, name)}
}

func (d keyData) terms() []ui.Term {
	out := []ui.Term{
		{Label: "所有者", Value: d.Owner},
		{Label: "算法", Value: string(d.Algorithm)},
		{Label: "指纹", Value: d.Fingerprint()},
		{Label: "有效期", Value: calendar.DateOf(d.NotBefore).ChineseShort() + "至" + calendar.DateOf(d.NotAfter).ChineseShort()},
		{Label: "私钥", Value: privateHalf(&d.KeyState)},
		{Label: "登记", Value: "公布日志第 " + strconv.FormatInt(d.Index, 10) + " 条", Href: "/log/" + strconv.FormatInt(d.Index, 10)},
		{Label: "建立人", Value: d.CreatedBy},
	}
	if r := d.Revoked; r != nil {
		out = append(out, ui.Term{Label: "作废", Value: calendar.DateOf(r.At).ChineseShort() + "（" + string(r.Kind) + "，" + r.By + "）：" + r.Reason, Href: "/log/" + strconv.FormatInt(r.Index, 10)})
	}
	return out
}

// privateHalf says where the private half of a key is.
func privateHalf(k *office.KeyState) string {
	switch {
	case k.Trouble != "":
		return k.Trouble
	case k.Sealed:
		return "在本机，有口令"
	case k.Here:
		return "在本机"
	}
	return "不在本机"
}

// GET /work/keys/{id}
func (s *Server) getKey(q *request) error { return s.keyPage(q, nil) }

func (s *Server) keyPage(q *request, failed error) error {
	before, _ := strconv.ParseInt(q.URL.Query().Get("before"), 10, 64) // the first page else
	k, err := s.Office.Key(q.Context(), q.actor(), q.PathValue("id"), before)
	if err != nil {
		return err
	}
	d := keyData{KeyRecord: k, Manage: org.Can(q.actor(), org.ManageKeys, "") == nil, First: before == 0, CSRF: q.in.FormToken, now: s.now()}
	d.Own = d.Manage || !k.County() && org.Can(q.actor(), org.SignCommitment, k.UnitID) == nil
	p := q.page("签名密钥 " + k.ID)
	p.Crumbs = []ui.Crumb{{Label: "签名密钥", Href: "/work/keys"}}
	if failed == nil {
		return q.render(p, keyView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), p, keyView(d))
	return nil
}

// GET /work/keys/{id}/public.pem: the public half for other programs.
func (s *Server) getPublicKey(q *request) error {
	k, err := s.Office.Key(q.Context(), q.actor(), q.PathValue("id"), 0)
	if err != nil {
		return err
	}
	b, err := portal.PublicPEM(&k.KeyState.Key)
	if err != nil {
		return err
	}
	return q.keep(k.ID+".pem", "application/x-pem-file", int64(len(b)), bytes.NewReader(b))
}

// POST /work/keys/{id}/passphrase
func (s *Server) postKeyPassphrase(q *request) error {
	passphrase := q.PostFormValue("passphrase")
	if passphrase != q.PostFormValue("again") {
		return s.keyPage(q, fault.Invalidf("口令没有更改。").At("again", "两次输入的新口令不一致"))
	}
	if err := s.Office.ChangePassphrase(q.Context(), q.actor(), q.PathValue("id"), q.PostFormValue("old"), passphrase); err != nil {
		return s.keyPage(q, err)
	}
	return q.seeOther("/work/keys/" + q.PathValue("id") + "?done=key-sealed")
}

// revokeData is the page that asks before a key ends.
type revokeData struct {
	*office.KeyRecord
	Successor bool // another key of the owner holds
	Form      url.Values
	CSRF      string
	Summary   string
	Errors    []ui.FieldError
}

// revocationHelp says what each kind of revocation means for what was signed.
var revocationHelp = map[publication.RevocationKind]string{
	publication.Lost:        "私钥找不到了，或者口令无人掌握",
	publication.Compromised: "私钥可能已落入他人手中",
	publication.Replaced:    "按计划换用新密钥，私钥没有失控",
	publication.Retired:     "不再使用，私钥没有失控",
}

func (d revokeData) kinds() []ui.Option {
	var pairs [][2]string
	for _, k := range publication.RevocationKinds {
		pairs = append(pairs, [2]string{string(k), string(k) + "：" + revocationHelp[k]})
	}
	return ui.Options([]string{d.Form.Get("kind")}, pairs...)
}

func (d revokeData) reason() ui.FieldView {
	return ui.FieldView{Name: "reason", Label: "经过（会公开）", Value: d.Form.Get("reason"), Help: "不写个人信息。例：存放私钥的硬盘损坏。", Rows: 3, Max: 200, Required: true, Error: ui.ErrorFor(d.Errors, "reason")}
}

func (d revokeData) view() ui.ConfirmView {
	v := ui.ConfirmView{Title: "作废" + d.Owner + "的密钥", Text: "密钥 " + d.ID, Action: "/work/keys/" + d.ID + "/revoke", CSRF: d.CSRF, Label: "作废这把密钥", Danger: true, CancelHref: "/work/keys/" + d.ID,
		Undo: "不能。作废记入公布日志，任何人都能看到。",
		Consequences: []string{"立即不能再用它签名。", "公布日志记载了的，在此以前的签名仍然有效，核验时会说明密钥后来作废。",
			"遗失、泄露的，此前下载的证明文件和文书签名不能单独证明什么，请持有人重新下载；更换、停用的不受影响。"}}
	switch {
	case d.County() && d.Successor:
		v.Consequences = append(v.Consequences, "以后的公布用其他公布密钥签名。")
	case d.County():
		v.Consequences = append(v.Consequences, "县里没有其他有效的公布密钥：建立新密钥以前，公布内容没有签名。请先建立新的。")
	case d.Successor:
		v.Consequences = append(v.Consequences, "承诺书改用这个单位的另一把密钥签署。")
	default:
		v.Consequences = append(v.Consequences, "这个单位的承诺书改为上传签字盖章的扫描件，直到建立新密钥。")
	}
	return v
}

// GET /work/keys/{id}/revoke
func (s *Server) getKeyRevoke(q *request) error { return s.revokePage(q, nil) }

func (s *Server) revokePage(q *request, failed error) error {
	if err := org.Can(q.actor(), org.ManageKeys, ""); err != nil {
		return err
	}
	k, err := s.Office.Key(q.Context(), q.actor(), q.PathValue("id"), 0)
	if err != nil {
		return err
	}
	if k.Revoked != nil && failed != nil {
		return failed
	}
	if k.Revoked != nil {
		return q.seeOther("/work/keys/" + k.ID)
	}
	all, err := s.Office.Keys(q.Context(), q.actor())
	if err != nil {
		return err
	}
	d := revokeData{KeyRecord: k, Form: q.PostForm, CSRF: q.in.FormToken}
	for i := range all {
		d.Successor = d.Successor || all[i].ID != k.ID && all[i].UnitID == k.UnitID && all[i].MaySign(s.now()) == nil
	}
	p := q.page("作废签名密钥")
	p.Crumbs = []ui.Crumb{{Label: "签名密钥", Href: "/work/keys"}, {Label: k.ID, Href: "/work/keys/" + k.ID}}
	if failed == nil {
		return q.render(p, revokeView(d))
	}
	var ok bool
	if d.Summary, d.Errors, ok = q.fieldErrors(failed); !ok {
		return failed
	}
	q.status(server.Status(failed), p, revokeView(d))
	return nil
}

// POST /work/keys/{id}/revoke
func (s *Server) postKeyRevoke(q *request) error {
	id := q.PathValue("id")
	if _, err := s.Office.RevokeKey(q.Context(), q.actor(), id, publication.RevocationKind(q.PostFormValue("kind")), q.PostFormValue("reason")); err != nil {
		return s.revokePage(q, err)
	}
	return q.seeOther("/work/keys/" + id + "?done=key-ended")
}

// keyStanding is the light and the word of a key's state.
func keyStanding(k *office.KeyState, now time.Time) (light, word string) {
	if k.Ending {
		return "yellow", "即将到期"
	}
	return keyLight(k.State(now)), k.State(now)
}

// stepWords say what a signed head took in.
func stepWords(st *office.SignedStep) ([]logRow, error) {
	out := make([]logRow, len(st.Leaves))
	for i := range st.Leaves {
		var err error
		if out[i], err = leafRow(&st.Leaves[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
