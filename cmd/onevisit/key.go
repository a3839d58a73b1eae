package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
)

type keyCmd struct {
	New          keyNewCmd        `cmd:"" help:"建立签名密钥：公布密钥，或者一个单位的。例：onevisit key new；单位的：onevisit key new --unit 广宗县教育局 --passphrase < 口令文件"`
	List         keyListCmd       `cmd:"" help:"列出密钥。例：onevisit key list"`
	Revoke       keyRevokeCmd     `cmd:"" help:"作废一把密钥。例：onevisit key revoke 0123456789abcdef --kind 遗失 --reason 存放私钥的硬盘损坏"`
	ExportPublic keyExportCmd     `cmd:"" help:"导出公钥，交给要核验的人。例：onevisit key export-public --output 公钥.json"`
	Passphrase   keyPassphraseCmd `cmd:"" help:"更改签名口令，从标准输入读取旧口令和新口令各一行。例：onevisit key passphrase 0123456789abcdef < 口令"`
}

type keyNewCmd struct {
	Unit       string `help:"用它签署承诺书的单位；不给就是县的公布密钥"`
	Algorithm  string `help:"SM2（国密）或 Ed25519" default:"Ed25519" enum:"SM2,Ed25519"`
	Days       int    `help:"有效天数" default:"1095"`
	Passphrase bool   `help:"从标准输入读取一行签名口令；单位的密钥必须有"`
}

// Run makes a key.
func (c *keyNewCmd) Run(e *env) error {
	in := office.KeyRequest{Algorithm: publication.Algorithm(c.Algorithm), Days: c.Days}
	if c.Passphrase || c.Unit != "" {
		if in.Passphrase = readLines(e.in, 1)[0]; in.Passphrase == "" {
			return fault.Invalidf("请从标准输入给出签名口令，例如：onevisit key new --unit 广宗县教育局 < 口令文件")
		}
	}
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	if c.Unit != "" {
		if err := k.db.View(e.ctx, func(tx *store.Tx) error {
			u, err := tx.UnitByName(c.Unit)
			in.UnitID = u.ID
			if fault.Is(err, fault.NotFound) {
				return fault.NotFoundf("名录中没有“%s”这个单位。", c.Unit)
			}
			return err
		}); err != nil {
			return err
		}
	}
	key, err := k.office.NewKey(e.ctx, org.Operator(), in)
	if err != nil {
		return err
	}
	e.printf("已为%s建立 %s 密钥 %s，有效期至 %s。\n指纹 %s\n", key.Owner, key.Algorithm, key.ID, calendar.DateOf(key.NotAfter), key.Fingerprint())
	e.printf("私钥在 %s 目录中，备份不包括它。请另行保管一份副本。\n", k.keyDir)
	return e.result(keyOut(key))
}

// keyJSON is a key as the commands print it.
type keyJSON struct {
	ID          string                     `json:"id"`
	Algorithm   publication.Algorithm      `json:"algorithm"`
	Owner       string                     `json:"owner"`
	Unit        string                     `json:"unit_id"`
	NotBefore   time.Time                  `json:"not_before"`
	NotAfter    time.Time                  `json:"not_after"`
	Fingerprint string                     `json:"fingerprint"`
	State       string                     `json:"state"`
	Private     string                     `json:"private,omitempty"` // where the private half is
	Reason      string                     `json:"revoked_reason,omitempty"`
	Kind        publication.RevocationKind `json:"revoked_kind,omitempty"`
}

func keyOut(k *publication.Key) keyJSON {
	out := keyJSON{ID: k.ID, Algorithm: k.Algorithm, Owner: k.Owner, Unit: k.UnitID, NotBefore: k.NotBefore, NotAfter: k.NotAfter, Fingerprint: k.Fingerprint(), State: k.State(time.Now())}
	if k.Revoked != nil {
		out.Kind, out.Reason = k.Revoked.Kind, k.Revoked.Reason
	}
	return out
}

type keyListCmd struct{}

// Run lists the keys.
func (keyListCmd) Run(e *env) error {
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	keys, err := k.office.Keys(e.ctx, org.Operator())
	if err != nil {
		return err
	}
	out := []keyJSON{}
	for i := range keys {
		j := keyOut(&keys[i].Key)
		switch {
		case keys[i].Trouble != "":
			j.Private = keys[i].Trouble
		case keys[i].Sealed:
			j.Private = "在本机，有口令"
		case keys[i].Here:
			j.Private = "在本机"
		default:
			j.Private = "不在本机"
		}
		out = append(out, j)
	}
	for _, j := range out {
		e.printf("%s  %-7s  %s  %s 至 %s  %s，私钥%s\n", j.ID, j.Algorithm, j.Owner, calendar.DateOf(j.NotBefore), calendar.DateOf(j.NotAfter), j.State, j.Private)
	}
	if len(out) == 0 {
		e.printf("还没有签名密钥。用 onevisit key new 建立公布密钥。\n")
	}
	return e.result(map[string]any{"keys": out})
}

type keyRevokeCmd struct {
	ID     string `arg:"" help:"密钥编号，见 onevisit key list"`
	Kind   string `help:"遗失、泄露、更换或停用" required:""`
	Reason string `help:"经过；会公开" required:""`
}

// Run ends a key.
func (c *keyRevokeCmd) Run(e *env) error {
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	key, err := k.office.RevokeKey(e.ctx, org.Operator(), c.ID, publication.RevocationKind(c.Kind), c.Reason)
	if err != nil {
		return err
	}
	e.printf("已作废%s的密钥 %s（%s）。公布日志中有记载的，在此以前的签名仍然有效，核验时会说明。\n", key.Owner, key.ID, c.Kind)
	if key.Revoked.Kind.Strange() {
		e.printf("以前下载的证明不能再单独使用，请持有人重新下载。\n")
	}
	if key.County() {
		e.printf("请用 onevisit key new 建立新的公布密钥，并重新发布公钥文件（onevisit key export-public）。\n")
	}
	return e.result(keyOut(key))
}

type keyExportCmd struct {
	ID     string `arg:"" optional:"" help:"密钥编号；pem 和 vkey 写法须指明一把"`
	Format string `help:"json（全部公钥，用于 onevisit verify --key）、pem（openssl 等程序）或 vkey（signed note 工具）" default:"json" enum:"json,pem,vkey"`
	Output string `short:"o" help:"写到文件；不给就写到标准输出" placeholder:"FILE"`
}

// Run hands out public keys.
func (c *keyExportCmd) Run(e *env) error {
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	b, err := publicKeys(e, k, c.ID, c.Format)
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = e.out.Write(b)
		return err
	}
	if err := toFile(c.Output, func(w io.Writer) error { _, err := w.Write(b); return err }); err != nil {
		return err
	}
	e.printf("已写到 %s。请通过可信的途径交给核验的人，并请他核对指纹。\n", c.Output)
	return e.result(map[string]string{"file": c.Output, "format": c.Format})
}

func publicKeys(e *env, k *county, id, format string) ([]byte, error) {
	f, err := k.portal.KeyFile(e.ctx)
	if err != nil {
		return nil, err
	}
	if id == "" && format != "json" {
		return nil, fault.Invalidf("%s 写法一次写一把公钥，请指明密钥编号（onevisit key list）。", format)
	}
	if id != "" {
		i := 0
		for i < len(f.Keys) && f.Keys[i].ID != id {
			i++
		}
		if i == len(f.Keys) {
			return nil, fault.NotFoundf("没有编号为“%s”的密钥。用 onevisit key list 可以列出。", id)
		}
		f.Keys = f.Keys[i : i+1]
	}
	switch format {
	case "pem":
		return sign.PEM(&f.Keys[0])
	case "vkey":
		s, err := proof.VerifierKey(f.Origin, &f.Keys[0])
		return []byte(s + "\n"), err
	}
	if len(f.Keys) == 0 {
		return nil, fault.NotFoundf("还没有签名密钥。用 onevisit key new 建立。")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(f)
	return b.Bytes(), err
}

type keyPassphraseCmd struct {
	ID string `arg:"" help:"密钥编号"`
}

// Run changes a passphrase; an empty line stands for none.
func (c *keyPassphraseCmd) Run(e *env) error {
	lines := readLines(e.in, 2)
	return withCounty(e, c.ID, func(k *county) error {
		return k.office.ChangePassphrase(e.ctx, org.Operator(), c.ID, lines[0], lines[1])
	})
}

// passphraseFile reads the passphrase of the county's keys.
func passphraseFile(name string) (string, error) {
	st, err := os.Stat(name)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "口令文件 %s 读不了，请检查路径和权限。", name)
	}
	if st.Size() > 4096 {
		return "", fault.Invalidf("口令文件 %s 太大，应只有一行口令。", name)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "口令文件 %s 读不了，请检查路径和权限。", name)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimRight(line, "\r"), nil
}
