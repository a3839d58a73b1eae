package outbound

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/domain/fault"
)

// Parcel is a package for another site: what one release brings.
type Parcel struct {
	Release string // its number
	Hash    [sha256.Size]byte
	Size    int64 // bytes
	Open    func() (io.ReadCloser, error)
}

// Pusher sends a package. A refusal for good is an Invalid fault, any other
// failure Unavailable: then it is tried again later.
type Pusher interface {
	Push(ctx context.Context, p Parcel, now time.Time) error
	// Target names where packages go, without anything secret.
	Target() string
}

// MinKey is the shortest key that signs, in bytes.
const MinKey = 16

// HTTPPusher posts packages to an address (docs/reference/push.md):
//
//	Content-Type: application/zip
//	Content-Digest: sha-256=:…:                   RFC 9530
//	X-Onevisit-Release: 2018-001
//	X-Onevisit-Timestamp: 1538269323              seconds since 1970
//	X-Onevisit-Signature: sha256=<hex>            HMAC-SHA-256 with the shared key
//
// The signature is over timestamp, release and the package's SHA-256 in hex,
// joined by line feeds: the receiver can check it before it has the body, and
// knows an old one that is sent again by its time.
type HTTPPusher struct {
	url    *url.URL
	key    []byte
	client *http.Client
}

// NewHTTPPusher checks address and key.
func NewHTTPPusher(address string, key []byte) (*HTTPPusher, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, fault.Invalidf("推送地址不能用：应形如 https://www.example.gov.cn/receive，不含用户名和密码。")
	}
	if len(key) < MinKey {
		return nil, fault.Invalidf("推送密钥至少 %d 字节，请与接收方约定后写入密钥文件。", MinKey)
	}
	return &HTTPPusher{url: u, key: key, client: &http.Client{Timeout: 10 * time.Minute,
		// A redirected POST would arrive without its body, and elsewhere than agreed.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// Target is the address without its query, which may hold a token.
func (h *HTTPPusher) Target() string {
	u := *h.url
	u.RawQuery = ""
	return u.String()
}

// Sign is the signature of a package at an instant, in hex.
func Sign(key []byte, timestamp, release string, hash []byte) string {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s\n%s\n%s", timestamp, release, hex.EncodeToString(hash))
	return hex.EncodeToString(m.Sum(nil))
}

// Push posts the package. Any 2xx is success; 4xx other than 408, 425 and 429
// will not change by trying again.
func (h *HTTPPusher) Push(ctx context.Context, p Parcel, now time.Time) error {
	body, err := p.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url.String(), body)
	if err != nil {
		return err
	}
	req.ContentLength = p.Size
	at := strconv.FormatInt(now.Unix(), 10)
	for k, v := range map[string]string{
		"Content-Type": "application/zip", "Content-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(p.Hash[:]) + ":", "User-Agent": "onevisit",
		"X-Onevisit-Release": p.Release, "X-Onevisit-Timestamp": at, "X-Onevisit-Signature": "sha256=" + Sign(h.key, at, p.Release, p.Hash[:]),
	} {
		req.Header.Set(k, v)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		var where *url.Error // its text holds the whole address
		if errors.As(err, &where) {
			err = where.Err
		}
		return fault.Wrap(fault.Unavailable, err, "接收网站没有应答，请确认地址和网络。")
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // lets the connection be used again; what it says is not ours to judge
	switch code := resp.StatusCode; {
	case code/100 == 2:
		return nil
	case code/100 == 3:
		return fault.Invalidf("接收网站要求转到别的地址（%d），没有推送。请把推送地址改为最终地址。", code)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fault.Invalidf("接收网站不认可签名（%d），请核对双方的密钥和时间。", code)
	case code/100 == 4 && code != http.StatusRequestTimeout && code != http.StatusTooEarly && code != http.StatusTooManyRequests:
		return fault.Invalidf("接收网站拒绝接收（%d %s），请与网站管理人员核对。", code, strings.ToLower(http.StatusText(code)))
	default:
		return fault.New(fault.Unavailable, "接收网站暂时不能接收（%d）。", code)
	}
}
