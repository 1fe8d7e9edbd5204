"""Tiny random language models and their tokenizers, made on the spot."""

from __future__ import annotations

WINDOW = 96
"""Tokens that a tiny model reads at once."""


def bpe_tokenizer(transformers):
    """Bytes with a few merges: " a" to " f" are tokens, and so is "12"."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = [f"Ġ{letter}" for letter in "abcdef"]
    vocab = ["<s>", *"123456abcdefKk,:.Ġ", "Ċ", *letters, "12"]
    merges = [("Ġ", letter) for letter in "abcdef"] + [("1", "2")]
    model = models.BPE(vocab={token: i for i, token in enumerate(vocab)}, merges=merges)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="<s>"
    )


def digit_tokenizer(transformers):
    """One token a digit, and one for the end of a line."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    vocab = {token: i for i, token in enumerate(["<s>", *"123456", "\n", "[UNK]", "word"])}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\d|\n"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", unk_token="[UNK]"
    )


def tiny_model(transformers, kind, vocabulary, window=WINDOW):
    """Two random layers; weights large enough that every token before matters."""
    import torch

    size = {"hidden_size": 16, "num_hidden_layers": 2, "vocab_size": vocabulary}
    heads = {"intermediate_size": 24, "num_attention_heads": 2, "num_key_value_heads": 1}
    make = {
        "gpt2": lambda: transformers.GPT2Config(
            vocab_size=vocabulary, n_positions=window, n_embd=16, n_layer=2, n_head=2
        ),
        "llama": lambda: transformers.LlamaConfig(**size, **heads, max_position_embeddings=window),
        "mistral": lambda: transformers.MistralConfig(
            **size, **heads, max_position_embeddings=window, sliding_window=5
        ),
        "mamba": lambda: transformers.MambaConfig(**size, state_size=4),
    }
    torch.manual_seed(3)
    config = make[kind]()
    config.initializer_range = 0.3
    return transformers.AutoModelForCausalLM.from_config(config)
