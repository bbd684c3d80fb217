// Digests as RECORD writes them: PEP 376, "RECORD", and PEP 427, "Signed wheel
// files".

package wheel

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// An Algorithm is a hash function by its name in Python's hashlib.
type Algorithm string

// The algorithms that PEP 427 allows and that installers know.
const (
	SHA256 Algorithm = "sha256"
	SHA384 Algorithm = "sha384"
	SHA512 Algorithm = "sha512"
)

var algorithms = [...]Algorithm{"", SHA256, SHA384, SHA512}

// New returns a new hash. The algorithm must be one of those above.
func (a Algorithm) New() hash.Hash {
	switch a {
	case SHA256:
		return sha256.New()
	case SHA384:
		return sha512.New384()
	case SHA512:
		return sha512.New()
	}
	panic("wheel: no such algorithm: " + string(a))
}

func (a Algorithm) size() int {
	switch a {
	case SHA256:
		return sha256.Size
	case SHA384:
		return sha512.Size384
	case SHA512:
		return sha512.Size
	}
	return 0
}

// A Digest is the hash of a row. The zero value is no hash.
type Digest struct {
	Alg    Algorithm
	Sum    string // the raw bytes
	Hex    bool   // written in hexadecimal; right as a digest, against PEP 376
	Padded bool   // written with the padding of base64; likewise, against PEP 427
}

// String returns the digest as RECORD has it, in urlsafe base64 without padding.
func (d Digest) String() string {
	if d.Alg == "" {
		return ""
	}
	return string(d.Alg) + "=" + base64.RawURLEncoding.EncodeToString([]byte(d.Sum))
}

// parseDigest reads the second column of a row. It returns the zero Digest for an
// empty one. The fault has the kind WeakHash or BadRecord and no path.
func parseDigest(s string) (Digest, *Fault) {
	if s == "" {
		return Digest{}, nil
	}
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		return Digest{}, &Fault{Kind: BadRecord, Msg: "a hash that is not written algorithm=digest: " + words.Quote(s)}
	}
	alg := Algorithm(name)
	switch alg {
	case SHA256, SHA384, SHA512:
	case "md5", "sha1", "sha224":
		return Digest{}, &Fault{Kind: WeakHash, Msg: "a hash by " + name + ", which proves nothing; PEP 427 wants sha256 or better"}
	default:
		return Digest{}, &Fault{Kind: WeakHash, Msg: "a hash by " + words.Quote(name) + ", which is none of sha256, sha384, sha512"}
	}
	if len(value) == hex.EncodedLen(alg.size()) {
		if sum, err := hex.DecodeString(value); err == nil {
			return Digest{Alg: alg, Sum: string(sum), Hex: true}, nil
		}
	}
	encoding, padded := base64.RawURLEncoding, strings.HasSuffix(value, "=")
	if padded {
		encoding = base64.URLEncoding
	}
	sum, err := encoding.Strict().DecodeString(value)
	// The decoder passes over line breaks; a digest has none.
	if err != nil || len(sum) != alg.size() || strings.ContainsAny(value, "\r\n") {
		return Digest{}, &Fault{Kind: BadRecord, Msg: "a digest that is no " + name + " in urlsafe base64 without padding: " + words.Quote(value)}
	}
	return Digest{Alg: alg, Sum: string(sum), Padded: padded}, nil
}

// SumFile returns the sha256 of a file in hexadecimal digits.
func SumFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := SHA256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
