"""Uses the package that README begins with, from inside the sandbox."""

import bcrypt

word = b"a word"
hashed = bcrypt.hashpw(word, bcrypt.gensalt(4))
assert bcrypt.checkpw(word, hashed) and not bcrypt.checkpw(b"another", hashed)
print(f"bcrypt {bcrypt.__version__} from {bcrypt.__file__}")
print(f"hashes {word.decode()!r} to {hashed.decode()}")
