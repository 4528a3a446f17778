using Estafette.Core.Messages.Content;
using Estafette.Web;
using Estafette.Web.Content;

namespace Estafette.Tests.Messages;

public sealed class ContentChangeWordsTests
{
    [Fact]
    public void Every_kind_of_change_has_words()
    {
        foreach (var kind in ContentChange.Kinds)
            Texts.Has("content.change-" + kind).ShouldBeTrue(kind);
        ContentWords.Of(new ContentChange(ContentChange.Form, "form, input", 2)).ShouldEndWith("2 (form, input)");
    }
}
